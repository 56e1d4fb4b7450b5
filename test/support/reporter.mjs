import { createRequire } from 'node:module';

const { reporters, Runner } = createRequire(import.meta.url)('mocha');
const { EVENT_RUN_END, EVENT_TEST_FAIL, EVENT_TEST_RETRY } = Runner.constants;

/** Mocha's own listing, a file's results together, closed by one line that any CI can read. */
export default class ClosingLine extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    // A file that cannot be loaded, or that ends its process, has no test of its own to be named by.
    runner.prependListener(EVENT_TEST_FAIL, (test, { uncaught, file }) => {
      if (uncaught && file !== undefined) test.title += `: ${file}`;
    });
    // Never in silence: what passes only the second time is to be mended all the same.
    runner.on(EVENT_TEST_RETRY, (test, error) => {
      process.stdout.write(`tried again: ${test.fullTitle()}: ${error.message}\n`);
    });
    runner.once(EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats;
      process.stdout.write(`${passes} passed, ${failures} failed, ${pending} skipped\n`);
    });
  }
}
