#!/usr/bin/env -S node --enable-source-maps

// Plain JavaScript for any Node: an old one, and a clone that is not built, get a sentence instead of a stack trace.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const NEEDED = 24;
const major = Number(process.versions.node.split('.')[0]);

if (major < NEEDED) {
  refuse(
    `callsign needs Node ${NEEDED} or newer and this is ${process.version}: run it with "npx callsign" in its own folder, or install a newer Node`,
  );
}
if (!existsSync(new URL('../dist/main.js', import.meta.url))) {
  refuse(
    `callsign has not been built: run "npm run build" in ${fileURLToPath(new URL('../../..', import.meta.url))}`,
  );
}

await import('../dist/main.js');

function refuse(why) {
  process.stderr.write(`${why}\n`);
  process.exit(78);
}
