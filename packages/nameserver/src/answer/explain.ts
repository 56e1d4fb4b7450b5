import { labelsOf, type OwnerName } from '@callsign/catalog';
import {
  decodeMessage,
  encodeQuestion,
  type Message,
  presentRecord,
  RCODE,
  type Recursor,
  type ResourceRecord,
  rcodeName,
  typeName,
  typeNumber,
} from '@callsign/dns';
import type { Claim } from '../static/claims.ts';
import type { Views } from '../static/views.ts';
import type { Outcome } from '../zone/outcome.ts';
import { findSource, recordsOf } from '../zone/source.ts';
import type { Zone } from '../zone/zone.ts';
import { Authority } from './authority.ts';
import { failureOf } from './pass-on.ts';
import { type Origin, originsOf } from './provenance.ts';
import { REASONS } from './reasons.ts';

/** What a question is answered with, and where that comes from. */
export interface Explanation {
  readonly name: OwnerName;
  readonly type: string;
  /** The address that the question is asked from. */
  readonly client: string;
  /** Absent: what holds for all clients. */
  readonly view?: string;
  readonly zone: {
    readonly kind: 'store' | 'file' | 'preset' | 'except' | 'none';
    readonly name?: OwnerName;
    /** The file, or the preset. */
    readonly from?: string;
  };
  readonly rcode: string;
  readonly answer: readonly { readonly record: string; readonly from: readonly Origin[] }[];
  /** Why there is no answer, or where it ends. */
  readonly reason?: string;
}

export interface ExplainerOptions {
  readonly views: Views;
  readonly zone: () => Zone | undefined;
  readonly recursor?: Recursor;
}

/** What upstream says of the rest of a question. */
interface Rest {
  readonly rcode: number;
  readonly records: readonly ResourceRecord[];
  readonly reason?: string;
}

const NO_REST: Rest = { rcode: RCODE.NOERROR, records: [] };

/** Answers as the responder does, and says where everything comes from. */
export class Explainer {
  readonly #options: ExplainerOptions;

  constructor(options: ExplainerOptions) {
    this.#options = options;
  }

  async explain(name: OwnerName, type: number, client: string): Promise<Explanation> {
    const zone = this.#options.zone();
    const view = this.#options.views.of(client);
    const authority = new Authority(view.claims, zone);
    const outcome = authority.resolve(labelsOf(name), type);
    const own = 'answer' in outcome ? outcome.answer : [];
    const rest = await this.#rest(outcome, name, type);
    const reason = rest.reason ?? reasonOf(outcome, authority, own.at(-1) ?? { name }, type, zone);
    const told = own.map((record) => ({
      record: presentRecord(record),
      from: originsOf(record, authority.claimOn(record.name), zone),
    }));
    const asked = rest.records.map((record) => ({
      record: presentRecord(record),
      from: [{ kind: 'upstream' } as const],
    }));
    return {
      name,
      type: typeName(type),
      client,
      ...(view.name !== undefined && { view: view.name }),
      zone: zoneOf(authority.claimOn(name), outcome, zone),
      rcode: rcodeName(rcodeOf(outcome) ?? rest.rcode),
      answer: [...told, ...asked],
      ...(reason !== undefined && { reason }),
    };
  }

  async #rest(outcome: Outcome, name: OwnerName, type: number): Promise<Rest> {
    const target = outsideOf(outcome, name);
    const { recursor } = this.#options;
    if (target === undefined) return NO_REST;
    if (recursor === undefined) return unasked(outcome, target);
    try {
      const { message, reason } = await recursor.forward(encodeQuestion(0, target, type));
      return { ...(reason && { reason: reason.text }), ...restOf(decodeMessage(message), outcome, type) };
    } catch (error) {
      const { rcode, reason } = failureOf(error);
      return { rcode, records: [], reason: reason.text };
    }
  }
}

/** The name that upstream is asked for, if there is one. */
function outsideOf(outcome: Outcome, name: OwnerName): OwnerName | undefined {
  switch (outcome.kind) {
    case 'outside':
      return name;
    case 'cname':
    case 'alias':
      return outcome.target;
    case 'referral':
      return outcome.owner;
    default:
      return undefined;
  }
}

function unasked(outcome: Outcome, target: OwnerName): Rest {
  if (outcome.kind === 'outside') return { rcode: RCODE.REFUSED, records: [], reason: REASONS.notOurs.text };
  if (outcome.kind === 'alias')
    return { rcode: RCODE.SERVFAIL, records: [], reason: REASONS.aliasOutside.text };
  const reason =
    outcome.kind === 'referral' ? `${target} is delegated to other servers` : `${target} is not ours`;
  return { rcode: RCODE.NOERROR, records: [], reason: `${reason}, and nothing is forwarded` };
}

/** The addresses behind an ALIAS are the owner's. */
function restOf({ rcode, answer }: Message, outcome: Outcome, type: number): Rest {
  if (outcome.kind !== 'alias') return { rcode, records: answer };
  const records = answer.filter((record) => typeNumber(record) === type);
  const { owner, ttl } = outcome;
  return { rcode: RCODE.NOERROR, records: records.map((record) => ({ ...record, name: owner, ttl })) };
}

/** That of the outcome itself, unless upstream has the last word. */
function rcodeOf({ kind }: Outcome): number | undefined {
  switch (kind) {
    case 'hit':
    case 'nodata':
      return RCODE.NOERROR;
    case 'nxdomain':
      return RCODE.NXDOMAIN;
    case 'loop':
    case 'unread':
      return RCODE.SERVFAIL;
    default:
      return undefined;
  }
}

function zoneOf(claim: Claim | undefined, { kind }: Outcome, zone: Zone | undefined): Explanation['zone'] {
  switch (claim?.kind) {
    case 'static': {
      const { origin } = claim.served;
      return { kind: origin.kind, name: claim.name, from: origin.text };
    }
    case 'domain':
      return { kind: 'store', name: claim.name };
    case 'except':
      return { kind: 'except', name: claim.name };
    case undefined:
      return { kind: kind === 'outside' || zone === undefined ? 'none' : 'store' };
  }
}

/** Why there is nothing, in words; `last` has the name at which the search ended. */
function reasonOf(
  outcome: Outcome,
  authority: Authority,
  last: { readonly name: OwnerName; readonly target?: OwnerName },
  type: number,
  zone: Zone | undefined,
): string | undefined {
  const name = last.target ?? last.name;
  switch (outcome.kind) {
    case 'nxdomain':
      return `${name} does not exist; the nearest name that does is ${nearest(name, authority, zone)}, without a wildcard`;
    case 'nodata':
      return `${name} exists and has no ${typeName(type)}: ${held(name, authority, zone)}`;
    case 'loop':
      return REASONS.loop.text;
    case 'unread':
      return REASONS.notReady.text;
    default:
      return undefined;
  }
}

function nearest(name: OwnerName, authority: Authority, zone: Zone | undefined): OwnerName {
  const claim = authority.claimOn(name);
  if (claim?.kind === 'static') {
    const place = claim.served.zone.find(name, 0);
    return place.kind === 'missing' ? place.nearest : name;
  }
  const labels = labelsOf(name);
  const found = zone?.closest(labels).found ?? 0;
  const existing = `${labels.slice(labels.length - found).join('.')}.`;
  return claim !== undefined && existing.length < claim.name.length ? claim.name : existing;
}

/** What a name has instead of what was asked for. */
function held(name: OwnerName, authority: Authority, zone: Zone | undefined): string {
  const claim = authority.claimOn(name);
  if (claim?.kind === 'static') {
    const place = claim.served.zone.find(name, 0);
    const owner = place.kind === 'owner' || place.kind === 'wildcard' ? place.owner : undefined;
    const types = [...(owner?.sets.keys() ?? [])].map(typeName);
    return types.length === 0 ? 'there are only names below it' : `it has ${types.join(', ')}`;
  }
  const domain = zone?.domainOf(name);
  if (zone === undefined || domain === undefined) return 'it is made here';
  const source = findSource(zone, name, labelsOf(name), domain);
  const count = source.nodes === undefined ? 0 : recordsOf(source).length;
  return `the store has ${count === 1 ? 'one service' : `${count} services`} at it and below it`;
}
