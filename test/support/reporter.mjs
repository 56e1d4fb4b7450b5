import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const { reporters, Runner } = createRequire(import.meta.url)('mocha');
const { EVENT_RUN_END, EVENT_TEST_FAIL, EVENT_TEST_PASS, EVENT_TEST_PENDING } = Runner.constants;

/**
 * Where CI has the results noted between two runs: how many tests passed and were skipped in files without a failure, and
 * a line for each failure: its file, and what it was. Absent: nowhere.
 */
const NOTED = process.env.CALLSIGN_TEST_RESULTS;

/** Mocha's own listing, a file's results together, closed by one line that any CI can read. */
export default class ClosingLine extends reporters.Spec {
  #passed = [];
  #skipped = [];
  #failed = [];

  constructor(runner, options) {
    super(runner, options);
    // A file that cannot be loaded, or that ends its process, has no test of its own to be named by.
    runner.prependListener(EVENT_TEST_FAIL, (test, { uncaught, file, message }) => {
      if (uncaught && file !== undefined) test.title += `: ${file}`;
      this.#failed.push({ file: test.file ?? file, what: `${test.fullTitle()}: ${onOneLine(message)}` });
    });
    runner.on(EVENT_TEST_PASS, ({ file }) => this.#passed.push(file));
    runner.on(EVENT_TEST_PENDING, ({ file }) => this.#skipped.push(file));
    runner.once(EVENT_RUN_END, () => this.#close());
  }

  #close() {
    const { passes, failures, pending } = this.stats;
    const [passed, skipped] = earlier();
    process.stdout.write(`${passed + passes} passed, ${failures} failed, ${skipped + pending} skipped\n`);
    if (NOTED === undefined) return;
    const failed = new Set(this.#failed.map(({ file }) => file));
    const [well, left] = [this.#passed, this.#skipped].map((all) => all.filter((file) => !failed.has(file)));
    // A failure that belongs to no file is not one that a file could be run again for.
    const again = failed.has(undefined) ? [] : this.#failed;
    const lines = again.map(({ file, what }) => `${file}\t${what}`);
    writeFileSync(NOTED, [`${well.length} ${left.length}`, ...lines].join('\n'));
  }
}

/** Tests that passed and were skipped in the run before, in the files that are not run again. */
function earlier() {
  const noted = NOTED === undefined ? '' : readFileSync(NOTED, 'utf8');
  return noted === '' ? [0, 0] : noted.split('\n', 1)[0].split(' ').map(Number);
}

function onOneLine(text) {
  return String(text).replaceAll(/\s+/g, ' ').slice(0, 300);
}
