import { BatchClient } from './client.ts';
import { type Choice, Ledger } from './ledger.ts';
import { type Asked, Questions } from './questions.ts';

/** What to ask, for how long, and how hard. */
export interface Load extends Choice {
  readonly port: number;
  readonly over: 'udp' | 'tcp' | 'tls';
  /** The questions, or the file that `writeQuestions` wrote. */
  readonly questions: readonly Asked[] | string;
  /** At most: asking each question once may take less. */
  readonly seconds: number;
  readonly sockets: number;
  /** Questions under way in each socket; the rest waits for their answers. */
  readonly inFlight: number;
  /** Questions a second at most, over UDP alone; absent: as fast as they are answered. */
  readonly rate?: number;
  /** True: sleeps a moment when nothing is to be done, at a fixed rate too, so that others on its core have their turn. */
  readonly rests?: boolean;
}

export interface LoadResult {
  readonly answers: number;
  readonly wrong: number;
  readonly lost: number;
  readonly seconds: number;
  /** Milliseconds; of a run at a fixed rate alone. */
  readonly latency?: { readonly p50: number; readonly p99: number; readonly p999: number };
}

const BATCH = 64;
const PATIENCE_MS = 500;
const REST_MS = 0.02;
const NEVER = new Int32Array(new SharedArrayBuffer(4));

/** Asks a server over UDP as a crowd of clients would and looks at every answer. Blocks its thread until it is over. */
export function runLoad(load: Load): LoadResult {
  const questions = Questions.of(load.questions);
  const crowd = Array.from({ length: load.sockets }, () => new Asker(load, questions));
  const began = performance.now();
  runCrowd(crowd, load, began);
  const seconds = (performance.now() - began) / 1_000;
  for (const asker of crowd) asker.close();
  const counts = summed(
    crowd.map(({ ledger }) => ledger),
    seconds,
  );
  return load.rate === undefined ? counts : { ...counts, latency: spreadOf(crowd) };
}

function runCrowd(crowd: readonly Asker[], load: Load, began: number): void {
  const end = began + load.seconds * 1_000;
  const perAsker = load.rate === undefined ? Number.POSITIVE_INFINITY : load.rate / load.sockets / 1_000;
  for (let now = began; now < end && !crowd.every(({ isDone }) => isDone); now = performance.now()) {
    const busy = crowd.filter((asker) => asker.turn(now, (now - began) * perAsker));
    if (busy.length === 0) rest(crowd, load);
  }
}

/** The core is left to others while there is nothing to do, but not where the time of each answer is taken. */
function rest(crowd: readonly Asker[], { rate, rests }: Load): void {
  if (rate === undefined) BatchClient.wait(crowd.map(({ client }) => client));
  else if (rests === true) Atomics.wait(NEVER, 0, 0, REST_MS);
}

/** What all sockets together have heard. */
export function summed(ledgers: readonly Ledger[], seconds: number): LoadResult {
  const sum = (read: (ledger: Ledger) => number) => ledgers.reduce((total, one) => total + read(one), 0);
  return {
    answers: sum(({ answers }) => answers),
    wrong: sum(({ wrong }) => wrong),
    lost: sum(({ lost }) => lost),
    seconds,
  };
}

function spreadOf(crowd: readonly Asker[]): NonNullable<LoadResult['latency']> {
  const times = Float64Array.from(crowd.flatMap((asker) => asker.times)).sort();
  const at = (share: number) =>
    times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999) };
}

/** One socket's worth of questions. */
class Asker {
  readonly ledger: Ledger;
  readonly client: BatchClient;
  readonly times: number[] = [];
  readonly #load: Load;
  readonly #lengths: number[] = new Array<number>(BATCH).fill(0);
  #sent = 0;
  #heard = performance.now();

  constructor(load: Load, questions: Questions) {
    this.#load = load;
    this.client = new BatchClient(load.port);
    this.ledger = new Ledger(questions, load);
  }

  /** Every question has been asked, and answered or given up. */
  get isDone(): boolean {
    return this.ledger.left === 0 && this.ledger.underWay === 0;
  }

  /**
   * @param due how many questions should have been asked by now
   * @returns true when something was heard or asked
   */
  turn(now: number, due: number): boolean {
    const heard = this.#hear(now);
    const { underWay, left } = this.ledger;
    const room = Math.min(BATCH, left, this.#load.inFlight - underWay, Math.floor(due) - this.#sent);
    if (room > 0) this.#ask(room);
    if (underWay > 0 && now - this.#heard > PATIENCE_MS) {
      this.ledger.giveUp();
      this.#heard = now;
    }
    return heard || room > 0;
  }

  close(): void {
    this.client.close();
  }

  #ask(count: number): void {
    const now = performance.now();
    for (let at = 0; at < count; at += 1) {
      this.#lengths[at] = this.ledger.write(at, this.client.question(at), 0, now);
    }
    const sent = this.client.send(this.#lengths, count);
    this.ledger.sent(sent);
    this.#sent += sent;
  }

  #hear(now: number): boolean {
    const count = this.client.receive();
    for (let at = 0; at < count; at += 1) this.#judge(this.client.received[at] as Buffer, at);
    if (count > 0) this.#heard = now;
    return count > 0;
  }

  #judge(answer: Buffer, at: number): void {
    const timed = this.#load.rate !== undefined;
    const now = timed ? this.client.arrival(at) : 0;
    if (this.ledger.hear(answer, 0, this.client.length(at), now) && timed) this.times.push(this.ledger.took);
  }
}
