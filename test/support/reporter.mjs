import { createRequire } from 'node:module';

const { reporters, Runner } = createRequire(import.meta.url)('mocha');

/** Mocha's own listing, closed by one line that any CI can read. */
export default class ClosingLine extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats;
      process.stdout.write(`${passes} passed, ${failures} failed, ${pending} skipped\n`);
    });
  }
}
