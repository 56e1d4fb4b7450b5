import type { Over } from './ask.ts';

/** What is known of one upstream from how it answered. Times are milliseconds. */
export interface Standing {
  /** False until the first answer: the round trip is a guess. */
  readonly measured: boolean;
  /** Smoothed round trip, and how much it varies (RFC 6298, 2). */
  readonly roundTrip: number;
  readonly variation: number;
  /** How often in a row it was late or said that it could not answer: the others are asked before it. */
  readonly faults: number;
  /** How often in a row nothing came at all. */
  readonly silences: number;
  /** How many questions others were asked in its place since it was asked last. */
  readonly passedOver: number;
  /** It leads back to us. */
  readonly loops: boolean;
  /** How many more questions go over TCP first, because it answered there while it was silent over UDP. */
  readonly tcpFirst: number;
  /** How many more questions go without EDNS, because it refused that. */
  readonly withoutEdns: number;
}

export const UNKNOWN: Standing = {
  measured: false,
  roundTrip: 100,
  variation: 75,
  faults: 0,
  silences: 0,
  passedOver: 0,
  loops: false,
  tcpFirst: 0,
  withoutEdns: 0,
};

/** Silences in a row after which an upstream is asked no more until a probe was answered: one may be a lost packet. */
const SILENT_AFTER = 3;
/** What one fault costs in rank. */
const FAULT_MS = 100;
/** What remains of a cost with each question that others got: the slow one is tried again some day. */
const FORGETTING = 0.98;
/** Questions after which UDP is tried first again: where it is blocked, one of so many has to wait for that. */
const TCP_FIRST = 100;
/** Questions after which EDNS is tried again: one of so many is asked twice. */
const WITHOUT_EDNS = 100;
/** Milliseconds. */
const QUICK = 150;
const [LEAST_PATIENCE, MOST_PATIENCE] = [100, 1_000];

/** @param over what it was asked over; where UDP was asked first, TCP is only asked after silence */
export function answered(standing: Standing, ms: number, over: Over = 'udp'): Standing {
  const { measured, roundTrip, variation, tcpFirst, withoutEdns } = standing;
  return {
    measured: true,
    // RFC 6298, 2.2 and 2.3.
    roundTrip: measured ? roundTrip + (ms - roundTrip) / 8 : ms,
    variation: measured ? variation + (Math.abs(ms - roundTrip) - variation) / 4 : ms / 2,
    faults: 0,
    silences: 0,
    passedOver: 0,
    loops: standing.loops,
    tcpFirst: over === 'udp' ? 0 : (tcpFirst || TCP_FIRST + 1) - 1,
    withoutEdns: Math.max(0, withoutEdns - 1),
  };
}

/** It speaks no EDNS (RFC 6891, 7). */
export function refusedEdns(standing: Standing): Standing {
  return { ...standing, withoutEdns: WITHOUT_EDNS };
}

/** It has been waited for longer than it usually takes, or it has said that it cannot answer. */
export function faulted(standing: Standing): Standing {
  return { ...standing, faults: standing.faults + 1, passedOver: 0 };
}

/** Of silence over UDP nothing is to be learned where only TCP gets through. */
export function silent(standing: Standing, over: Over = 'udp'): Standing {
  if (over === 'udp' && standing.tcpFirst > 0) return standing;
  return { ...standing, silences: standing.silences + 1, tcpFirst: 0 };
}

export function looping(standing: Standing, loops: boolean): Standing {
  return { ...standing, loops };
}

export function passedOver(standing: Standing): Standing {
  return { ...standing, passedOver: standing.passedOver + 1 };
}

export function isHealthy({ silences, loops }: Standing): boolean {
  return silences < SILENT_AFTER && !loops;
}

/** Answers over UDP and with EDNS as a rule, and soon: who asks it need not think of what to do otherwise. */
export function isQuick(standing: Standing): boolean {
  const { measured, roundTrip, tcpFirst, withoutEdns } = standing;
  return measured && roundTrip < QUICK && tcpFirst === 0 && withoutEdns === 0 && isHealthy(standing);
}

/** How long to wait for an answer before somebody else is asked as well: RFC 6298, 2.3, within bounds. */
export function patience({ roundTrip, variation }: Standing): number {
  return Math.min(MOST_PATIENCE, Math.max(LEAST_PATIENCE, roundTrip + 4 * variation));
}

/**
 * In which order to ask: the quickest first, those that are silent last, for when all are there is nothing to lose.
 * Those that lead back to us are never asked.
 */
export function ranked<Of extends { readonly standing: Standing }>(all: readonly Of[]): Of[] {
  const askable = all.filter(({ standing }) => !standing.loops);
  if (askable.length < 2) return askable;
  return askable
    .map((one) => ({ one, silent: isHealthy(one.standing) ? 0 : 1, cost: cost(one.standing) }))
    .sort((a, b) => a.silent - b.silent || a.cost - b.cost)
    .map(({ one }) => one);
}

function cost({ roundTrip, faults, silences, passedOver }: Standing): number {
  return (roundTrip + FAULT_MS * (faults + silences)) * FORGETTING ** passedOver;
}
