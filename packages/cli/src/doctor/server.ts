import type { Status } from '@callsign/nameserver';
import type { Finding } from './finding.ts';

export type ServerFacts =
  | { readonly kind: 'status'; readonly status: Status }
  | { readonly kind: 'silence'; readonly why: string };

/** Does a nameserver run, and has it read its store? */
export function judgeServer(facts: ServerFacts): Finding {
  const about = 'the nameserver';
  if (facts.kind === 'silence') {
    const cure =
      'Start it ("callsign up"), or say where it serves REST by --http: 172.17.0.1:8080 where a container publishes it there';
    return { about, state: 'odd', text: facts.why, cure };
  }
  const { version, ready, unready, records, revision } = facts.status;
  if (ready)
    return {
      about,
      state: 'good',
      text: `callsign ${version} serves ${records} records at revision ${revision}`,
    };
  return {
    about,
    state: 'wrong',
    text: `callsign ${version} is not ready: ${unready ?? 'it does not say why'}`,
  };
}
