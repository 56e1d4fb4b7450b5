import assert from 'node:assert/strict';
import { eventually } from './wait.ts';

/** Of what keeps Node alive: sockets, servers, processes and threads. */
const KINDS = /^(TCP|UDP|Process|MessagePort)/;

/** What was open before a file's first test: what an earlier file has left, which was its own fault. */
let before = 0;

/**
 * Called by mocha around the tests of each file. Several files share a process, which ends with the last of them
 * whatever is open then; so a file that leaves something open is found out here, by name.
 */
export const mochaHooks = {
  beforeAll() {
    before = open().length;
  },

  async afterAll(this: Mocha.Context) {
    const [{ file } = { file: '' }] = this.test?.parent?.suites ?? [];
    // A hook of all files has none of its own to be reported by.
    if (this.test !== undefined) this.test.file = file;
    await eventually(() => assert.ok(open().length <= before, `${file} leaves open: ${open().join()}`));
  },
};

function open(): string[] {
  return process.getActiveResourcesInfo().filter((resource) => KINDS.test(resource));
}
