import { RCODE, TYPE } from '@callsign/dns';
import type { WireRecord, WireReply } from '../../../../test/support/wire.ts';

/** One question and what two servers said to it; names without their last dot. */
export interface Compared {
  readonly name: string;
  readonly type: number;
  readonly ours: WireReply;
  readonly theirs: WireReply;
}

export interface Meant {
  /** As docs/zone-transfer.md says it. */
  readonly difference: string;
  readonly holds: (compared: Compared, zone: ServedNames) => boolean;
}

/** What is known of the zone beside its answers. */
export interface ServedNames {
  readonly domain: string;
  /** True when something is stored at or below this name. */
  readonly exists: (name: string) => boolean;
  /** True when something of it was transferred. */
  readonly transferred: (name: string) => boolean;
}

/** Where a secondary answers otherwise than we do, and is meant to: docs/zone-transfer.md gives the reasons. */
export const MEANT: readonly Meant[] = [
  {
    difference: 'any-label questions',
    holds: ({ name }) => name.split('.').some((label) => label === '*' || label === 'any'),
  },
  {
    difference: 'special-use names',
    holds: ({ name }) => /(^|\.)(localhost|test|invalid|onion)$/.test(name),
  },
  { difference: 'ANY', holds: ({ type }) => type === TYPE.ANY },
  {
    difference: 'a CNAME question for an alias that is transferred as addresses',
    holds: ({ type, ours, theirs }) => type === TYPE.CNAME && ours.answer.length === 1 && isNodata(theirs),
  },
  {
    difference: 'other types beside an alias that leads outside',
    holds: ({ type, ours, theirs }, { domain }) =>
      type !== TYPE.A &&
      type !== TYPE.AAAA &&
      ours.rcode === RCODE.NOERROR &&
      theirs.answer.every((record) => record.type === TYPE.CNAME) &&
      !isInside(theirs.answer.at(-1)?.rdata ?? domain, domain),
  },
  {
    difference: 'names that lead round in a circle',
    holds: ({ ours, theirs }) => ours.rcode === RCODE.SERVFAIL && theirs.answer.length === 0,
  },
  {
    difference: 'names that have nothing to answer',
    holds: ({ name, ours }, zone) => ours.answer.length === 0 && isSilent(name, zone),
  },
];

function isNodata(reply: WireReply): boolean {
  return reply.rcode === RCODE.NOERROR && reply.answer.length === 0;
}

function isInside(name: string, domain: string): boolean {
  return `.${name}`.endsWith(`.${domain}`);
}

/** True when what answers for a name is stored but was not transferred: the nearest name above, or its wildcard. */
function isSilent(name: string, { exists, transferred }: ServedNames): boolean {
  const labels = name.split('.');
  const suffixes = labels.map((_, at) => labels.slice(at).join('.'));
  const nearest = suffixes.find(exists);
  if (nearest === undefined) return false;
  const wildcard = `*.${nearest}`;
  return !transferred(nearest) || (exists(wildcard) && !transferred(wildcard));
}

/**
 * Our reply with every alias inside the zone told by what it leads to, as the transfer tells it: its records
 * become those of the name that was asked for, with the smallest TTL on the way.
 */
export function flattened(reply: WireReply, type: number, domain: string): WireReply {
  const targets = [...new Set(reply.answer.flatMap(targetOf))];
  return {
    ...reply,
    answer: type === TYPE.CNAME ? reply.answer : flatAnswer(reply.answer, domain),
    additional: targets.flatMap((target) => flatTarget(reply.additional, target)),
  };
}

function flatAnswer(answer: readonly WireRecord[], domain: string): readonly WireRecord[] {
  const last = answer.findLast((record) => record.type === TYPE.CNAME);
  if (last === undefined || !isInside(last.rdata, domain)) return answer;
  const ttl = Math.min(...answer.map((record) => record.ttl));
  const name = answer[0]?.name as string;
  return answer.filter((record) => record.type !== TYPE.CNAME).map((record) => ({ ...record, name, ttl }));
}

/** The addresses that a target has in the additional section, over aliases too. */
function flatTarget(
  additional: readonly WireRecord[],
  name: string,
  ttl = Number.POSITIVE_INFINITY,
): WireRecord[] {
  return additional
    .filter((record) => record.name === name)
    .flatMap((record) => {
      const least = Math.min(ttl, record.ttl);
      if (record.type === TYPE.CNAME)
        return flatTarget(additional, record.rdata, least).map((end) => ({ ...end, name }));
      return [{ ...record, ttl: least }];
    });
}

/** Which word of its rdata names what a record points at. */
const TARGETS: ReadonlyMap<number, number> = new Map([
  [TYPE.NS, 0],
  [TYPE.MX, 1],
  [TYPE.SRV, 1],
  [TYPE.HTTPS, 1],
  [TYPE.SVCB, 1],
]);

function targetOf({ type, rdata }: WireRecord): string[] {
  const at = TARGETS.get(type);
  return at === undefined ? [] : [rdata.split(' ')[at] as string];
}
