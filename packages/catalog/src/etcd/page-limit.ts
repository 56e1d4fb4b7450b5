/** What a page came to: its keys, the bytes in them and their values, and how long it took. */
export interface Page {
  readonly keys: number;
  readonly bytes: number;
  readonly ms: number;
}

/** Keys of the first page, before anything is known of how large or slow they are. */
export const FIRST_LIMIT = 1_000;
/** Of one page: it is decoded in one go, and nothing else happens in its thread meanwhile. */
const MOST_BYTES = 4 << 20;
/** A page that takes longer than a call may take is none. */
const MOST_MS = 1_000;
const GROWTH = 8;
/** What etcd tells of a key beside the key and its value. */
const OVERHEAD = 48;

/**
 * How many keys the page after this one should have: as many as fit. For each page etcd counts all keys that are still
 * to come, so that small pages of a million keys take it many times longer than reading them does.
 */
export function limitAfter({ keys, bytes, ms }: Page): number {
  const fitting = MOST_BYTES / (bytes / keys + OVERHEAD);
  const quick = keys * Math.min(GROWTH, MOST_MS / ms);
  return Math.max(1, Math.floor(Math.min(fitting, quick)));
}
