import {
  type BatchResponder,
  parseNetwork,
  Relay,
  type RelayEvents,
  type RelayMemory,
  type RelayParts,
  type Switchboard,
} from '@callsign/dns/hot';
import { RecursionRights } from '../forwarding/recursion-rights.ts';
import { DnsCounters } from './counters.ts';
import { SamplePasser } from './sample.ts';
import { replyOptionsOf, type UsualAnswers, UsualResponder } from './usual.ts';

/** What a worker thread is given. */
export interface WorkerData {
  readonly answers: UsualAnswers;
  /** Its place among the readers of the answers. */
  readonly reader: number;
  readonly counters: SharedArrayBuffer;
  /** The networks of clients for whom upstreams are asked; absent: none ever is. */
  readonly recursion?: readonly string[];
  /** What it asks upstreams by itself; absent: the main thread asks them all. */
  readonly relay?: RelayMemory;
  /** One query of so many is left to the main thread, which logs it or tells dnstap; absent: none is. */
  readonly observed?: number;
}

/** The module that worker threads answer by. */
export function createResponder(data: WorkerData, switchboard: () => Switchboard): BatchResponder {
  const { answers, reader, recursion, observed } = data;
  const counters = new DnsCounters(data.counters);
  const rights = recursion && new RecursionRights(recursion.map(parseNetwork));
  const relay = data.relay && new Relay(data.relay, partsFor(data, switchboard(), counters));
  const usual = new UsualResponder(answers, reader, counters, rights, relay);
  return observed === undefined ? usual : new SamplePasser(usual, observed);
}

function partsFor({ answers }: WorkerData, switchboard: Switchboard, counters: DnsCounters): RelayParts {
  const relayed: RelayEvents['relayed'] = (query, rcode, ms) => {
    counters.request('udp', query);
    counters.response(rcode);
    counters.relay();
    counters.took(ms);
  };
  return { switchboard, replyOptions: replyOptionsOf(answers), events: { relayed } };
}
