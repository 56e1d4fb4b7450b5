import { labelsOf, type OwnerName } from '@callsign/catalog';
import {
  decodeMessage,
  encodeQuestion,
  fetchAnswer,
  presentRecord,
  RCODE,
  type Recursor,
  type ResourceRecord,
  rcodeName,
  typeName,
} from '@callsign/dns';
import type { Claim } from '../static/claims.ts';
import type { Views } from '../static/views.ts';
import type { Outcome } from '../zone/outcome.ts';
import type { Zone } from '../zone/zone.ts';
import { reasonOf } from './absence.ts';
import { upstreamAnswer } from './alias-reply.ts';
import { Authority } from './authority.ts';
import { addressesIn } from './flatten.ts';
import { failureOf } from './pass-on.ts';
import { type Origin, Provenance } from './provenance.ts';
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
  /** Absent: it is upstream's to tell, and upstream was not asked. */
  readonly rcode?: string;
  readonly answer: readonly { readonly record: string; readonly from: readonly Origin[] }[];
  /** Why there is no answer, or where it ends. */
  readonly reason?: string;
}

export interface ExplainerOptions {
  readonly views: Views;
  readonly zone: () => Zone | undefined;
  readonly recursor?: Recursor;
  /** Whether names that are not ours are resolved for this client; absent: for every client. */
  readonly mayRecurse?: (client: string) => boolean;
}

/** A question, and who wants to know what becomes of it. */
export interface Explained {
  readonly name: OwnerName;
  readonly type: number;
  /** The address that the question is asked from. */
  readonly client: string;
  /** The address of whoever wants it explained. */
  readonly by: string;
}

/** What upstream says of the rest of a question; absent rcode: it has not been asked. */
interface Rest {
  readonly rcode?: number;
  readonly records: readonly ResourceRecord[];
  readonly reason?: string;
}

/** Anybody who may read could have upstreams asked to whom recursion is refused (RFC 5358). */
const NOT_IN_ANOTHERS_NAME = 'upstream has the last word, and is not asked in the name of another client';
const NO_REST: Rest = { rcode: RCODE.NOERROR, records: [] };

/** Answers as the responder does, and says where everything comes from. */
export class Explainer {
  readonly #options: ExplainerOptions;

  constructor(options: ExplainerOptions) {
    this.#options = options;
  }

  async explain(question: Explained): Promise<Explanation> {
    const { name, type, client } = question;
    const zone = this.#options.zone();
    const view = this.#options.views.of(client);
    const authority = new Authority(view.claims, zone);
    const outcome = authority.resolve(labelsOf(name), type);
    const own = 'answer' in outcome ? outcome.answer : [];
    const rest = await this.#rest(outcome, question);
    const reason = rest.reason ?? reasonOf(outcome, authority, own.at(-1) ?? { name }, type, zone);
    const provenance = new Provenance(zone);
    const rcode = rcodeOf(outcome) ?? rest.rcode;
    const origins = (record: ResourceRecord) => provenance.of(record, authority.claimOn(record.name));
    return {
      name,
      type: typeName(type),
      client,
      ...(view.name !== undefined && { view: view.name }),
      zone: zoneOf(authority.claimOn(name), outcome, zone),
      ...(rcode !== undefined && { rcode: rcodeName(rcode) }),
      answer: [...traced(own, origins), ...traced(rest.records, () => [{ kind: 'upstream' }])],
      ...(reason !== undefined && { reason }),
    };
  }

  async #rest(outcome: Outcome, { name, type, client, by }: Explained): Promise<Rest> {
    const target = outsideOf(outcome, name);
    const { recursor, mayRecurse = () => true } = this.#options;
    if (target === undefined) return NO_REST;
    if (recursor === undefined) return unasked(outcome, target);
    if (outcome.kind !== 'alias' && !mayRecurse(client)) return refused(outcome);
    if (client !== by) return { records: [], reason: NOT_IN_ANOTHERS_NAME };
    try {
      const { message, reason } = await fetchAnswer(recursor, encodeQuestion(0, target, type));
      return { ...(reason && { reason: reason.text }), ...restOf(message, outcome, type) };
    } catch (error) {
      const { rcode, reason } = failureOf(error);
      return { rcode, records: [], reason: reason.text };
    }
  }
}

function traced(
  records: readonly ResourceRecord[],
  origins: (record: ResourceRecord) => readonly Origin[],
): Explanation['answer'] {
  return records.map((record) => ({ record: presentRecord(record), from: origins(record) }));
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

/** Who may not have others asked gets our aliases alone. */
function refused(outcome: Outcome): Rest {
  const rcode = hasAliases(outcome) ? RCODE.NOERROR : RCODE.REFUSED;
  return { rcode, records: [], reason: REASONS.noRecursion.text };
}

/** True where upstream is asked for what aliases of ours lead to. */
function hasAliases(outcome: Outcome): boolean {
  return 'answer' in outcome && outcome.answer.length > 0;
}

/**
 * What comes of upstream's message, which behind names of ours has to say what is there. The addresses behind an ALIAS
 * are the owner's.
 * @throws {Error} when upstream says neither what is there nor that nothing is
 */
function restOf(message: Buffer, outcome: Outcome, type: number): Rest {
  if (outcome.kind !== 'alias') {
    const { rcode, answer } = hasAliases(outcome) ? upstreamAnswer(message) : decodeMessage(message);
    return { rcode, records: answer };
  }
  const records = addressesIn(upstreamAnswer(message).answer, type, outcome);
  const nothing = records.length === 0 && { reason: `${outcome.target} has no ${typeName(type)}` };
  return { rcode: RCODE.NOERROR, records, ...nothing };
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
