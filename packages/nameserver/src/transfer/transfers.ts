import { labelsOf, type OwnerName } from '@callsign/catalog';
import { describe, type Log, plainAddress } from '@callsign/daemon';
import { type Exchange, presentName, type Query, RCODE, type ReplyStream } from '@callsign/dns';
import { REASONS } from '../answer/reasons.ts';
import type { Zone } from '../zone/zone.ts';
import type { ZoneCopies } from '../zone-copies.ts';
import { judgeTransfer, type TransferAccess, type TransferDecision } from './access.ts';
import { servedSets } from './enumerate.ts';
import { messagesOf, type Template, templateOf } from './messages.ts';

/** What became of transfers; `cut`: the client went away before the end. */
const TRANSFER_OUTCOMES = ['complete', 'current', 'refused', 'cut', 'failed'] as const;
type TransferOutcome = (typeof TRANSFER_OUTCOMES)[number];

/** Transfers that run at the same time; each holds a part of the zone in messages. */
const AT_ONCE = 16;

export interface TransfersOptions {
  readonly domains: readonly OwnerName[];
  readonly access: TransferAccess;
  readonly copies: ZoneCopies;
  readonly log: Log;
}

/**
 * Gives whole zones to secondaries (RFC 5936). A transfer shows one revision from its first message to its last:
 * it goes through a copy of the zone, which those share that begin while it is true.
 */
export class Transfers {
  readonly #options: TransfersOptions;
  readonly #counts = new Map<TransferOutcome, number>();
  #running = 0;

  constructor(options: TransfersOptions) {
    this.#options = options;
  }

  /** Decides what becomes of the question, and has begun to send when that is `whole`. */
  answer(query: Query, exchange: Exchange, zone: Zone | undefined): TransferDecision {
    const name = presentName(query.labels());
    const domain = this.#options.domains.find((ours) => ours === name);
    const decision = judgeTransfer(query, exchange, domain, zone, this.#options.access);
    if (decision.kind !== 'whole') this.#count(decision.kind);
    else if (this.#running >= AT_ONCE) return this.#tooMany();
    else this.#begin(query, exchange, decision.zone, name);
    return decision;
  }

  *counted(): Iterable<readonly [number, Readonly<Record<string, string>>]> {
    for (const outcome of TRANSFER_OUTCOMES) yield [this.#counts.get(outcome) ?? 0, { outcome }];
  }

  #tooMany(): TransferDecision {
    this.#count('refused');
    return { kind: 'refused', rcode: RCODE.SERVFAIL, reason: REASONS.manyTransfers };
  }

  #begin(query: Query, exchange: Exchange, zone: Zone, domain: OwnerName): void {
    const { log } = this.#options;
    const template = templateOf(query);
    const stream = exchange.stream?.() as ReplyStream;
    const about = { zone: domain, client: plainAddress(exchange.peer), revision: zone.revision };
    this.#running += 1;
    this.#send(stream, template, zone, domain)
      .then(
        (whole) => {
          this.#count(whole ? 'complete' : 'cut');
          log.info(
            whole ? 'a zone was transferred' : 'a client left in the middle of a zone transfer',
            about,
          );
        },
        (error: unknown) => {
          this.#count('failed');
          log.error('a zone transfer failed', { ...about, error: describe(error) });
        },
      )
      .finally(() => {
        this.#running -= 1;
      });
  }

  /** @returns whether the client has taken all of it */
  async #send(stream: ReplyStream, template: Template, zone: Zone, domain: OwnerName): Promise<boolean> {
    try {
      using copy = this.#options.copies.take(zone);
      const messages = messagesOf(template, labelsOf(domain), servedSets(copy.zone, domain));
      const whole = await sendAll(stream, messages);
      stream.end();
      return whole;
    } catch (error) {
      stream.abort();
      throw error;
    }
  }

  #count(outcome: TransferOutcome): void {
    this.#counts.set(outcome, (this.#counts.get(outcome) ?? 0) + 1);
  }
}

async function sendAll(stream: ReplyStream, messages: AsyncIterable<Buffer>): Promise<boolean> {
  for await (const message of messages) if (!(await stream.send(message))) return false;
  return true;
}
