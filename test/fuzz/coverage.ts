import { type Profiler, Session } from 'node:inspector';

/** What is under test, by where its script comes from. */
const COVERED = /\/packages\/(dns|nameserver)\/src\/|\/node_modules\/native-dns-packet\//;

/** Characters that a script has at most. */
const LONGEST_SCRIPT = 1 << 18;

/** Which parts of the code have ever run in this thread, block by block, as V8 counts them. */
export class Coverage {
  readonly #session = new Session();
  /** By script: 1 for each character of a block that is known to have run. */
  readonly #blocks = new Map<string, Uint8Array>();
  readonly #functions = new Set<string>();
  readonly #now = new Uint8Array(LONGEST_SCRIPT);

  start(): void {
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** True when something has run since the last look that is not marked as known. */
  isNew(): boolean {
    return this.#look(false);
  }

  /** Marks what has run since the last look as known. */
  mark(): void {
    this.#look(true);
  }

  #look(marking: boolean): boolean {
    // A session with one's own thread has answered when `post` returns.
    let anyNew = false;
    this.#session.post('Profiler.takePreciseCoverage', (error, { result }) => {
      if (error !== null) throw error;
      for (const script of result.filter(({ url }) => COVERED.test(url))) {
        anyNew = this.#lookAt(script, marking) || anyNew;
      }
    });
    return anyNew;
  }

  /** A closure that did not run is not reported, and looks as its function does: so functions count as well. */
  #lookAt({ url, functions }: Profiler.ScriptCoverage, marking: boolean): boolean {
    const keys = functions.map(({ ranges }) => `${url} ${ranges[0]?.startOffset}`);
    const anyNew = keys.some((key) => !this.#functions.has(key));
    if (marking) for (const key of keys) this.#functions.add(key);
    const ranges = functions.flatMap((one) => one.ranges);
    return this.#lookAtBlocks(url, ranges, marking) || anyNew;
  }

  #lookAtBlocks(url: string, ranges: readonly Profiler.CoverageRange[], marking: boolean): boolean {
    const known = this.#blocks.get(url) ?? new Uint8Array(LONGEST_SCRIPT);
    this.#blocks.set(url, known);
    const end = Math.max(...ranges.map(({ endOffset }) => endOffset));
    this.#now.fill(0, 0, end);
    // What is inside comes behind what it is inside of.
    for (const { startOffset, endOffset, count } of ranges) {
      this.#now.fill(Math.min(count, 1), startOffset, endOffset);
    }
    let anyNew = false;
    for (let at = 0; at < end; at += 1) {
      if (this.#now[at] === 0 || known[at] === 1) continue;
      anyNew = true;
      if (marking) known[at] = 1;
    }
    return anyNew;
  }
}
