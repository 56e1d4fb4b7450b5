import type { OwnerName } from '@callsign/catalog';
import type { ResourceRecord } from '@callsign/dns';
import type { Node } from './node.ts';

/** What a question comes to, before it is a message. `anchor`: true as long as nothing changes there or below. */
export type Outcome =
  | { readonly kind: 'hit'; readonly answer: Records; readonly additional: Records; readonly anchor: Node }
  | { readonly kind: 'nodata'; readonly answer: Records; readonly soa: ResourceRecord; readonly anchor: Node }
  | { readonly kind: 'nxdomain'; readonly soa: ResourceRecord; readonly anchor: Node }
  /** The rest of the chain is somebody else's to tell: `target` has to be asked for upstream. */
  | { readonly kind: 'cname'; readonly answer: Records; readonly target: OwnerName; readonly anchor: Node }
  | { readonly kind: 'loop'; readonly owner: OwnerName; readonly anchor: Node }
  | { readonly kind: 'outside' };

export type Records = readonly ResourceRecord[];
