import type { OwnerName } from '@callsign/catalog';
import type { Anchor, ResourceRecord } from '@callsign/dns';

interface Anchored {
  /** True as long as nothing changes there or below. */
  readonly anchor: Anchor;
  /** The aliases on the way first. */
  readonly answer: Records;
}

interface Authoritative extends Anchored {
  /** A SOA in this answer has a serial of its own, not the store's revision. */
  readonly ownSerial?: true;
}

interface Sampled {
  /** The answer has a part of the RRset: when all of that has had its turn another part is to be told. */
  readonly sample?: true;
}

/** What a question comes to, before it is a message. */
export type Outcome =
  | (Authoritative & Sampled & { readonly kind: 'hit'; readonly additional: Records })
  | (Authoritative & { readonly kind: 'nodata' | 'nxdomain'; readonly soa: ResourceRecord })
  /** The rest of the chain is somebody else's to tell: `target` has to be asked for upstream. */
  | (Anchored & { readonly kind: 'cname'; readonly target: OwnerName })
  /** `owner` has the addresses of `target`, for `ttl` seconds at most; `soa` where that has none. */
  | (Anchored & AliasTo & { readonly kind: 'alias' })
  | (Anchored & Referral & { readonly kind: 'referral' })
  | { readonly kind: 'loop'; readonly owner: OwnerName; readonly anchor: Anchor }
  /** One of our names, and the store has not been read yet. */
  | { readonly kind: 'unread' }
  | { readonly kind: 'outside' };

/** `owner` is in a zone that was delegated: `authority` has its servers. */
interface Referral {
  readonly owner: OwnerName;
  readonly authority: Records;
  readonly additional: Records;
}

interface AliasTo {
  readonly owner: OwnerName;
  readonly target: OwnerName;
  readonly ttl: number;
  readonly soa: ResourceRecord;
}

export type Records = readonly ResourceRecord[];
