import {
  decodeMessage,
  type Exchange,
  encodeQuestion,
  FLAG,
  type Message,
  type Query,
  RCODE,
  RecordEncoder,
  type Recursor,
  type ResourceRecord,
  typeNumber,
} from '@callsign/dns';
import type { Outcome } from '../zone/outcome.ts';
import { assembled } from './chain.ts';
import type { DnsCounters } from './counters.ts';
import { because, fail, send, type Waiting, waitingFor } from './pass-on.ts';

export type AliasOutcome = Extract<Outcome, { kind: 'alias' }>;

/**
 * Gives a name the addresses of another one that is not ours: upstream is asked for them, and no client sees
 * whose they are.
 */
export function flatten(
  outcome: AliasOutcome,
  labels: readonly string[],
  query: Query,
  exchange: Exchange,
  recursor: Recursor,
  counters: DnsCounters,
): void {
  const waiting = waitingFor(query, exchange);
  const encoder = new RecordEncoder(labels);
  const { type } = query;
  counters.forwarded += 1;
  recursor
    .forward(encodeQuestion(0, outcome.target, type))
    .then(({ message, reason }) => {
      const addresses = addressesIn(decodeMessage(message), type, outcome);
      send(waiting, flattened(because(waiting, reason), encoder, outcome, addresses), counters);
    })
    .catch((error) => fail(waiting, counters, error));
}

/** Under the alias's own name, for as long as everything on the way may be kept. */
function addressesIn({ rcode, answer }: Message, type: number, outcome: AliasOutcome): ResourceRecord[] {
  if (rcode !== RCODE.NOERROR && rcode !== RCODE.NXDOMAIN) throw new Error('upstream has no answer');
  const ttl = answer.reduce((least, record) => Math.min(least, record.ttl), outcome.ttl);
  const addresses = answer.filter((record) => typeNumber(record) === type);
  return addresses.map((record) => ({ ...record, name: outcome.owner, ttl }));
}

/** The owner exists whatever its target is: without addresses there is no data. */
function flattened(
  waiting: Waiting,
  encoder: RecordEncoder,
  { answer: aliases, soa }: AliasOutcome,
  addresses: readonly ResourceRecord[],
): Buffer {
  const answer = [...aliases, ...addresses];
  const authority = addresses.length === 0 ? [soa] : [];
  const whole = assembled(waiting, encoder, { answer, authority }, RCODE.NOERROR);
  return whole.length <= waiting.limit ? whole : assembled(waiting, encoder, { answer: aliases }, FLAG.TC);
}
