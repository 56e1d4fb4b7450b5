import { MOST_LINES, type Switchboard } from '../batch/switchboard.ts';
import type { RandomNumbers } from './random.ts';
import type { Direction } from './signpost.ts';

/** Lines that take questions at the same time; chance says which of them a batch's questions go by. */
const CHOICE = 8;
/** Questions that one line takes: a guess has to hit the port number of one that is waited for, not of all. */
const MOST_ASKED = 64;
/** Milliseconds for which a line takes questions: who finds its port number out has little time to use it. */
const LIFETIME = 1_000;

/** A connected socket, with a port number that the kernel chose for it (RFC 5452, 9.2). */
export interface Line {
  readonly fd: number;
  readonly token: number;
  readonly openedAt: number;
  /** Where what is seen of its upstream is counted. */
  readonly place: number;
  asked: number;
  /** Questions that are waited for. */
  waiting: number;
  /** It takes no more questions, and is closed when nothing is waited for. */
  finished: boolean;
}

/** The lines to the upstream that is asked now, and those to it and to others that are waited for. */
export class Lines {
  readonly #switchboard: Switchboard;
  readonly #random: RandomNumbers;
  /** Those that only wait for answers included. */
  readonly #open = new Array<Line | undefined>(MOST_LINES + 1).fill(undefined);
  readonly #chosen = new Array<Line | undefined>(CHOICE).fill(undefined);

  constructor(switchboard: Switchboard, random: RandomNumbers) {
    this.#switchboard = switchboard;
    this.#random = random;
  }

  /** One for the next question; undefined when there can be none. */
  choose(direction: Direction, now: number): Line | undefined {
    const at = this.#random.next() % CHOICE;
    const line = this.#chosen[at];
    if (line !== undefined && !line.finished && now - line.openedAt < LIFETIME) return line;
    if (line !== undefined) this.finish(line);
    const next = this.#openLine(direction, now);
    this.#chosen[at] = next;
    return next;
  }

  withToken(token: number): Line | undefined {
    return this.#open[token];
  }

  /** One more question has been put to it. */
  asked(line: Line): void {
    line.asked += 1;
    line.waiting += 1;
    line.finished ||= line.asked === MOST_ASKED;
  }

  /** One of its questions is waited for no longer. */
  answered(line: Line): void {
    line.waiting -= 1;
    this.#closeWhenDone(line);
  }

  finish(line: Line): void {
    line.finished = true;
    this.#closeWhenDone(line);
  }

  /** None of them takes questions any more. */
  finishAll(): void {
    for (const line of this.#open) if (line !== undefined) this.finish(line);
  }

  close(): void {
    for (const line of this.#open) if (line !== undefined) this.#hangUp(line);
  }

  #openLine({ address, place }: Direction, now: number): Line | undefined {
    const token = this.#open.indexOf(undefined, 1);
    if (token < 0) return undefined;
    const fd = this.#switchboard.open(address, token);
    if (fd < 0) return undefined;
    const line = { fd, token, openedAt: now, place, asked: 0, waiting: 0, finished: false };
    this.#open[token] = line;
    return line;
  }

  #closeWhenDone(line: Line): void {
    if (line.finished && line.waiting === 0 && this.#open[line.token] === line) this.#hangUp(line);
  }

  #hangUp({ fd, token }: Line): void {
    this.#switchboard.hangUp(fd);
    this.#open[token] = undefined;
  }
}
