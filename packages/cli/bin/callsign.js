#!/usr/bin/env -S node --enable-source-maps

// Plain JavaScript for any Node: an old one gets a sentence instead of a stack trace.
const NEEDED = 24;
const major = Number(process.versions.node.split('.')[0]);

if (major < NEEDED) {
  process.stderr.write(
    `callsign needs Node ${NEEDED} or newer and this is ${process.version}: run it with "npx callsign" in its own folder, or install a newer Node\n`,
  );
  process.exit(78);
}

await import('../dist/main.js');
