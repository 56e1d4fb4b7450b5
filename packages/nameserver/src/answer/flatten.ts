import { encodeQuestion, ForwardedQuestion, RCODE, type ResourceRecord, typeNumber } from '@callsign/dns';
import type { Outcome, Records } from '../zone/outcome.ts';
import { aliasReply, upstreamAnswer } from './alias-reply.ts';
import { askUpstream, type Forwarded } from './pass-on.ts';

export type AliasOutcome = Extract<Outcome, { kind: 'alias' }>;

/**
 * Gives a name the addresses of another one that is not ours: upstream is asked for them, and no client sees
 * whose they are. The owner exists whatever its target is: without addresses there is no data.
 */
export function flatten(outcome: AliasOutcome, labels: readonly string[], forwarded: Forwarded): void {
  const { target, answer: aliases, soa } = outcome;
  const { type } = forwarded.query;
  askUpstream(forwarded, new ForwardedQuestion(encodeQuestion(0, target, type)), (waiting, message) => {
    const answer = addressesIn(upstreamAnswer(message).answer, type, outcome);
    const authority = answer.length === 0 ? [soa] : [];
    return aliasReply(waiting, labels, aliases, { rcode: RCODE.NOERROR, answer, authority });
  });
}

/** Under the alias's own name, for as long as everything on the way may be kept. */
export function addressesIn(answer: Records, type: number, outcome: AliasOutcome): ResourceRecord[] {
  const ttl = answer.reduce((least, record) => Math.min(least, record.ttl), outcome.ttl);
  const addresses = answer.filter((record) => typeNumber(record) === type);
  return addresses.map((record) => ({ ...record, name: outcome.owner, ttl }));
}
