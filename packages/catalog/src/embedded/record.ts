import type { Key } from '../names.ts';
import type { Write } from '../store.ts';

/** What can happen to the embedded store. Its table is what all records so far make of an empty one. */
export type StoreRecord =
  | { readonly kind: 'start'; readonly format: typeof FORMAT; readonly revision: number }
  | { readonly kind: 'grant'; readonly lease: string; readonly ttl: number }
  /** One entry as a rewritten journal keeps it, with the revision that it had. */
  | EntryRecord
  | CommitRecord
  /** A lease ended and took its keys along; without keys the revision stays as it was. */
  | {
      readonly kind: 'end';
      readonly lease: string;
      readonly revision: number;
      readonly keys: readonly Key[];
    };

export interface EntryRecord {
  readonly kind: 'entry';
  readonly key: Key;
  readonly value: string;
  readonly revision: number;
  readonly lease?: string;
}

interface CommitRecord {
  readonly kind: 'commit';
  readonly revision: number;
  readonly writes: readonly Write[];
  readonly lease?: string;
}

/** Says what wrote the journal, so that no other file is ever taken for one. */
export const FORMAT = 'callsign store 1';
