import { BatchClient } from './client.ts';

/** What to ask, for how long, and how hard. */
export interface Load {
  readonly port: number;
  /** Whole questions with the id 0, in hexadecimal, each with the last bytes that its right answer has. */
  readonly questions: readonly { readonly message: string; readonly rdata: string }[];
  readonly seconds: number;
  readonly sockets: number;
  /** Questions under way in each socket; the rest waits for their answers. */
  readonly inFlight: number;
  /** Questions a second at most; absent: as fast as they are answered. */
  readonly rate?: number;
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
const IDS = 65_536;

/** Asks a server as a crowd of clients would and looks at every answer. Blocks its thread until it is over. */
export function runLoad(load: Load): LoadResult {
  const crowd = Array.from({ length: load.sockets }, () => new Asker(load));
  const began = performance.now();
  const end = began + load.seconds * 1_000;
  const perAsker = load.rate === undefined ? Number.POSITIVE_INFINITY : load.rate / load.sockets / 1_000;
  for (let now = began; now < end; now = performance.now()) {
    for (const asker of crowd) asker.turn(now, (now - began) * perAsker);
  }
  const seconds = (performance.now() - began) / 1_000;
  for (const asker of crowd) asker.close();
  return summary(crowd, seconds, load);
}

function summary(crowd: readonly Asker[], seconds: number, load: Load): LoadResult {
  const sum = (read: (asker: Asker) => number) => crowd.reduce((total, asker) => total + read(asker), 0);
  const counts = {
    answers: sum((one) => one.answers),
    wrong: sum((one) => one.wrong),
    lost: sum((one) => one.lost),
  };
  if (load.rate === undefined) return { ...counts, seconds };
  const times = Float64Array.from(crowd.flatMap((asker) => asker.times)).sort();
  const at = (share: number) =>
    times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? Number.NaN;
  return { ...counts, seconds, latency: { p50: at(0.5), p99: at(0.99), p999: at(0.999) } };
}

/** One socket's worth of questions. */
class Asker {
  readonly #client: BatchClient;
  readonly #load: Load;
  readonly #messages: readonly Buffer[];
  readonly #rdata: readonly Buffer[];
  readonly #asked = new Int32Array(IDS).fill(-1);
  readonly #since = new Float64Array(IDS);
  readonly #lengths: number[] = new Array<number>(BATCH).fill(0);
  #id = 0;
  #next = 0;
  #sent = 0;
  #underWay = 0;
  #heard = performance.now();
  readonly times: number[] = [];
  answers = 0;
  wrong = 0;
  lost = 0;

  constructor(load: Load) {
    this.#load = load;
    this.#client = new BatchClient(load.port);
    this.#messages = load.questions.map(({ message }) => Buffer.from(message, 'hex'));
    this.#rdata = load.questions.map(({ rdata }) => Buffer.from(rdata, 'hex'));
    this.#next = Math.floor(Math.random() * this.#messages.length);
  }

  /** @param due how many questions should have been asked by now */
  turn(now: number, due: number): void {
    this.#hear(now);
    const room = Math.min(BATCH, this.#load.inFlight - this.#underWay, Math.floor(due) - this.#sent);
    if (room > 0) this.#ask(room, now);
    if (this.#underWay > 0 && now - this.#heard > PATIENCE_MS) this.#giveUp(now);
  }

  close(): void {
    this.#client.close();
  }

  #ask(count: number, now: number): void {
    for (let at = 0; at < count; at += 1) {
      const id = (this.#id + at) % IDS;
      this.#next = (this.#next + 7_919) % this.#messages.length;
      const message = this.#messages[this.#next] as Buffer;
      const into = this.#client.question(at);
      into.set(message);
      into.writeUInt16BE(id, 0);
      this.#lengths[at] = message.length;
      this.#asked[id] = this.#next;
      this.#since[id] = now;
    }
    const sent = this.#client.send(this.#lengths, count);
    this.#id = (this.#id + sent) % IDS;
    this.#sent += sent;
    this.#underWay += sent;
  }

  #hear(now: number): void {
    const count = this.#client.receive();
    for (let at = 0; at < count; at += 1)
      this.#judge(this.#client.received[at] as Buffer, this.#client.length(at));
    if (count > 0) this.#heard = now;
  }

  /** Right: our question's id, a reply, NOERROR, and the rdata behind the first record's fixed part. */
  #judge(answer: Buffer, length: number): void {
    const id = answer.readUInt16BE(0);
    const question = this.#asked[id] as number;
    if (question < 0) return;
    this.#asked[id] = -1;
    this.#underWay -= 1;
    this.answers += 1;
    const rdata = this.#rdata[question] as Buffer;
    const at = (this.#messages[question] as Buffer).length + 12;
    const right =
      (answer.readUInt16BE(2) & 0x800f) === 0x8000 &&
      at + rdata.length <= length &&
      answer.compare(rdata, 0, rdata.length, at, at + rdata.length) === 0;
    if (!right) this.wrong += 1;
    if (this.#load.rate !== undefined) this.times.push(performance.now() - (this.#since[id] as number));
  }

  #giveUp(now: number): void {
    this.lost += this.#underWay;
    this.#underWay = 0;
    this.#asked.fill(-1);
    this.#heard = now;
  }
}
