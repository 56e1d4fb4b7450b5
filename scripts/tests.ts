import { globSync } from 'node:fs';

/**
 * Prints the files of all tests in the order in which they are to start. Those that take longest come first, so that no
 * process is left alone with one at the end; and the images before whoever would otherwise build them a second time.
 */
const FIRST = [
  'test/e2e/images.test.ts',
  'packages/registrar/test/registrar.test.ts',
  'test/e2e/several-hosts.test.ts',
  'packages/nameserver/test/web/page.test.ts',
  'test/fuzz.test.ts',
  'test/e2e/compose.test.ts',
  'test/e2e/three-hosts.test.ts',
  'test/e2e/outages.test.ts',
  'test/e2e/manual.test.ts',
  'test/e2e/containers.test.ts',
  'packages/nameserver/test/transfer-differential.test.ts',
];

const ROOMS = ['test/e2e', 'packages', 'test'];

const all = ROOMS.flatMap((room) =>
  globSync(`${room}/**/*.test.ts`, { exclude: ['**/node_modules'] }).toSorted(),
);
const unknown = FIRST.filter((file) => !all.includes(file));
if (unknown.length > 0) throw new Error(`there is no ${unknown.join()}: scripts/tests.ts names it`);
process.stdout.write([...new Set([...FIRST, ...all])].join(' '));
