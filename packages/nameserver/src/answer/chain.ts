import { encodeQuestion, ForwardedQuestion } from '@callsign/dns';
import type { Outcome } from '../zone/outcome.ts';
import { aliasReply, upstreamAnswer } from './alias-reply.ts';
import { askUpstream, type Forwarded } from './pass-on.ts';

export type CnameOutcome = Extract<Outcome, { kind: 'cname' }>;

/**
 * Finishes a chain that leaves our zones: the aliases are ours, the rest is asked for upstream. The rcode is
 * that of the last name (RFC 6604, 3). Nothing is asked but the name at the end, which is not ours.
 */
export function completeChain(outcome: CnameOutcome, labels: readonly string[], forwarded: Forwarded): void {
  const { target, answer: aliases } = outcome;
  const { type, dnssecOk } = forwarded.query;
  askUpstream(
    forwarded,
    new ForwardedQuestion(encodeQuestion(0, target, type, dnssecOk)),
    (waiting, message) => aliasReply(waiting, labels, aliases, upstreamAnswer(message)),
  );
}
