import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { circlesIn } from './support/circles.ts';
import { chainsFrom, type Sources } from './support/import-chain.ts';
import { type Manifest, manifestViolations, type SourceFile, violations } from './support/structure.ts';

const TOP = fileURLToPath(new URL('..', import.meta.url));
const ARCHITECTURE = readFileSync(`${TOP}/ARCHITECTURE.md`, 'utf8');
const DAEMON = 'packages/daemon/src/log.ts';
const CLI = 'packages/cli/src/add.ts';
/** Where a thread for UDP begins, and the module by which it answers. */
const THREAD = ['packages/dns/src/batch/worker.ts', 'packages/nameserver/src/answer/worker.ts'];

describe('structure', () => {
  it('every source keeps the rules', () => {
    const sources = read('packages/*/{src,bin}/**/*.{ts,js,mjs}');
    assert.ok(sources.length > 10, 'the sources were found');
    assert.deepEqual(sources.flatMap(violations), []);
  });

  for (const { path, source } of read('packages/*/package.json')) {
    const manifest: Manifest = JSON.parse(source);
    it(`${manifest.name} declares what it imports`, () => {
      const sources = read(path.replace('package.json', '{src,bin}/**/*.{ts,js,mjs}'));
      assert.deepEqual(manifestViolations(manifest, sources), []);
    });
  }

  for (const [path, source, found] of planted()) {
    it(`finds ${source.split('\n').at(-1)} in ${path}`, () => {
      assert.match(violations({ path, source }).join('\n'), found);
    });
  }

  for (const [path, source] of allowed()) {
    it(`allows ${source.split('\n').at(-1)} in ${path}`, () => {
      assert.deepEqual(violations({ path, source }), []);
    });
  }

  it('has no room without a caption in ARCHITECTURE.md', () => {
    const rooms = globSync('packages/*/src/*/', { cwd: TOP }).map((path) => basename(path));
    assert.ok(rooms.length > 10, 'the rooms were found');
    assert.deepEqual(
      rooms.filter((room) => !ARCHITECTURE.includes(`${room}/`)),
      [],
    );
  });

  it('has every file that ARCHITECTURE.md names', () => {
    const files = globSync('{packages,plugins,test,scripts,docs}/**/*.{ts,js,mjs,md}', { cwd: TOP });
    const named = [...ARCHITECTURE.matchAll(/`([\w./-]+\.(?:ts|js|mjs|md))`/g)].map(([, path]) => path);
    assert.ok(named.length > 50, 'the names were found');
    assert.deepEqual(
      named.filter((path) => !files.some((file) => `/${file}`.endsWith(`/${path}`))),
      [],
    );
  });

  it('defines every function, type and member that ARCHITECTURE.md names', () => {
    const sources = globSync('packages/*/src/**/*.ts', { cwd: TOP }).map((path) =>
      readFileSync(`${TOP}/${path}`, 'utf8'),
    );
    const isDefined = (name: string, member = '') =>
      sources.some(
        (source) =>
          new RegExp(`\\b(function\\*?|class|interface|type) ${name}\\b`).test(source) &&
          new RegExp(`\\b${member}\\b`).test(source),
      );
    const named = [...ARCHITECTURE.matchAll(/`(?:(\w+)\(\)|([A-Z][a-z]\w+)(?:\.(\w+))?)`/g)];
    assert.ok(named.length > 20, 'the names were found');
    const missing = named.filter(([, called, type, member]) => !isDefined(called ?? type ?? '', member));
    assert.deepEqual(
      missing.map(([name]) => name),
      [],
    );
  });

  it('finds what a package imports undeclared, and what it declares in vain', () => {
    const manifest = {
      name: '@callsign/dns',
      dependencies: { '@callsign/daemon': '0.1.0', 'ipaddr.js': '2' },
    };
    const sources = [
      { path: 'packages/dns/src/a.ts', source: "import type { X } from 'native-dns-packet/lib/x';" },
      { path: 'packages/dns/src/b.ts', source: "export { y } from '@callsign/daemon';\nimport 'node:fs';" },
    ];
    assert.deepEqual(manifestViolations(manifest, sources), [
      '@callsign/dns imports native-dns-packet undeclared',
      '@callsign/dns declares ipaddr.js and never imports it',
    ]);
  });
});

describe('imports', () => {
  const sources = new Map(read('packages/*/src/**/*.ts').map(({ path, source }) => [path, source]));

  it('lead round in no circle', () => {
    assert.deepEqual(circlesIn(sources), []);
  });

  it('that lead round in one are found, of types too', () => {
    const line = "import type { ForwardCache } from './cache.ts';";
    const found = circlesIn(withLine(sources, 'packages/dns/src/forward/recursor.ts', line));
    assert.ok(found.some((circle) => circle.includes('packages/dns/src/forward/cache.ts')));
  });
});

describe("a thread for UDP loads nothing of a daemon's parts", () => {
  const sources = new Map(
    read('packages/{daemon,dns,nameserver}/src/**/*.ts').map(({ path, source }) => [path, source]),
  );

  for (const entry of THREAD) {
    it(`with ${entry}`, () => {
      assert.ok(chainsFrom(entry, sources).length > 10, 'imports were followed');
      assert.deepEqual(chainsToDaemon(entry, sources), []);
    });
  }

  for (const [path, line] of [
    ['packages/dns/src/batch/origin.ts', "import { systemClock } from '@callsign/daemon';"],
    ['packages/dns/src/batch/libc.ts', "export { Registry } from '@callsign/daemon/metrics';"],
    ['packages/dns/src/edns/cookie.ts', "import { type Clock } from '@callsign/daemon';"],
    ['packages/dns/src/relay/lines.ts', "import { formatAddress } from '../index.ts';"],
    ['packages/nameserver/src/answer/counters.ts', "const { retry } = await import('@callsign/daemon');"],
  ] as const) {
    it(`finds ${line} in ${path}`, () => {
      const found = THREAD.flatMap((entry) => chainsToDaemon(entry, withLine(sources, path, line)));
      assert.ok(found.some((chain) => chain.includes(path)));
    });
  }

  for (const line of [
    "import type { Clock } from '@callsign/daemon';",
    "import type {\n  Clock,\n} from '@callsign/daemon';",
    "export type { Clock } from '@callsign/daemon';",
    "// import { systemClock } from '@callsign/daemon';",
  ]) {
    it(`allows ${line.replaceAll('\n', ' ')}`, () => {
      const planted = withLine(sources, 'packages/dns/src/batch/origin.ts', line);
      assert.deepEqual(
        THREAD.flatMap((entry) => chainsToDaemon(entry, planted)),
        [],
      );
    });
  }
});

/** Up to the first file of a daemon's. */
function chainsToDaemon(entry: string, sources: Sources): string[] {
  const ofDaemon = (path: string) => path.startsWith('packages/daemon/');
  const chains = chainsFrom(entry, sources).filter((chain) => chain.findIndex(ofDaemon) === chain.length - 1);
  return chains.map((chain) => chain.join(' → '));
}

function withLine(sources: Sources, path: string, line: string): Sources {
  assert.ok(sources.has(path), `there is no ${path}`);
  return new Map(sources).set(path, `${line}\n${sources.get(path)}`);
}

/** Every way to break a rule that we could think of. A checker that finds nothing must not look like a clean tree. */
function planted(): [path: string, source: string, found: RegExp][] {
  return [
    [DAEMON, "import { keyOf } from '@callsign/catalog';", /against the table/],
    [DAEMON, "import type { Store } from '@callsign/catalog';", /against the table/],
    [DAEMON, "import '@callsign/cli';", /against the table/],
    ['packages/dns/src/listener.ts', "export * from '@callsign/catalog';", /against the table/],
    ['packages/dns/src/listener.ts', "import { Zone } from '@callsign/nameserver';", /against the table/],
    ['packages/catalog/src/store.ts', "const dns = await import('@callsign/dns');", /against the table/],
    ['packages/catalog/src/store.ts', "let x: import('@callsign/registrar').Plan;", /against the table/],
    [
      'packages/registrar/src/main.ts',
      "import {\n  Zone,\n} from '@callsign/nameserver';",
      /against the table/,
    ],
    ['packages/nameserver/src/main.ts', "const x = require('@callsign/registrar');", /against the table/],
    ['packages/nameserver/src/main.ts', 'await import(`@callsign/cli`);', /against the table/],
    [CLI, "import { x } from '@callsign/catalog/src/names.ts';", /inner file/],
    [CLI, "import { x } from '@callsign/catalog/dist/names.js';", /inner file/],
    [CLI, "import { x } from '@callsign/catalog/hot';", /inner file/],
    ['packages/daemon/src/log.ts', "import { x } from '@callsign/dns/hot';", /against the table/],
    [CLI, "import { x } from '../../catalog/src/names.ts';", /another package/],
    [CLI, "export { x } from '../../../test/support/wait.ts';", /another package/],
    [CLI, "import x from '/opt/callsign/x.js';", /one machine/],
    [
      'packages/nameserver/src/answer/finish.ts',
      "import { Heap } from '../tree/heap.ts';",
      /only .*\/zone\/ may/,
    ],
    [
      'packages/dns/src/message/reply.ts',
      "import { padded } from '../edns/padding.ts';",
      /leads up from .*\/message\//,
    ],
    ['packages/dns/src/tsig/tsig.ts', "import { explain } from '../edns/extended-error.ts';", /leads up/],
    ['packages/registrar/src/reconcile/loop.ts', "import Docker from 'dockerode';", /only .*docker\.ts may/],
    ['packages/dns/src/listeners/udp-listener.ts', "import koffi from 'koffi';", /only .*libc\.ts may/],
    [
      'packages/registrar/src/reconcile/loop.ts',
      "import type { Info } from 'dockerode';",
      /only .*docker\.ts/,
    ],
    ['packages/registrar/src/plugins/host.ts', "import ivm from 'isolated-vm';", /only .*guest\.ts may/],
    ['packages/catalog/src/store.ts', "import type { Etcd3 } from 'etcd3';", /only .*etcd-store\.ts may/],
    ['packages/catalog/src/store.ts', "import x from 'etcd3/lib/rpc.js';", /only .*etcd-store\.ts may/],
    [
      'packages/nameserver/src/api/v1.ts',
      "import type { Request } from 'express';",
      /only .*http-server\.ts may/,
    ],
    [
      'packages/dns/src/message/query.ts',
      "const p = require( 'native-dns-packet' );",
      /only .*message\.ts may/,
    ],
    [
      'packages/nameserver/src/metrics.ts',
      "import { Counter } from 'prom-client';",
      /only .*metrics\.ts may/,
    ],
    ['packages/nameserver/src/web/feed.ts', "import { json } from '../api/routes.ts';", /into the browser/],
    ['packages/nameserver/src/api/routes.ts', "import { el } from '../web/view/dom.ts';", /into the browser/],
    ['packages/nameserver/src/web/feed.ts', "import { json } from '@callsign/daemon';", /for the browser/],
    ['packages/nameserver/src/web/feed.ts', "import { join } from 'node:path';", /for the browser/],
    ['packages/nameserver/src/web/feed.ts', "import { z } from 'zod';", /for the browser/],
    ['packages/nameserver/src/web/model/tree.ts', "import { el } from '../view/dom.ts';", /out of the model/],
    [CLI, 'await import(name);', /foresee/],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source, not a template
    [CLI, 'await import(`./${name}.ts`);', /foresee/],
    [CLI, "await import('./' + name);", /foresee/],
    [CLI, "createRequire(import.meta.url)('dockerode');", /foresee/],
    [CLI, 'const home = process.env.HOME;', /process\.env/],
    [CLI, 'const home = globalThis.process?.env.HOME;', /process\.env/],
    [CLI, 'const { env } = process;', /takes process apart/],
    [CLI, "const env = process['env'];", /computed name/],
    [CLI, "import { argv } from 'node:process';", /imports process/],
    [CLI, "import process from 'process';", /imports process/],
    [CLI, 'run(process.argv.slice(2));', /process\.argv/],
    ['packages/nameserver/src/main.ts', "process.on('SIGTERM', stop);", /process\.on/],
    ['packages/nameserver/src/main.ts', "process\n  .once('SIGINT', stop);", /process\.once/],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source, not a template
    [CLI, 'say(`at ${process.env.HOME}`);', /process\.env/],
    [CLI, "const url = 'http://x'; read(process.env.HOME);", /process\.env/],
    [DAEMON, "/* why */ import /* this */ { x } from /* here */ '@callsign/cli';", /against the table/],
  ];
}

/** What looks like a broken rule and is none. */
function allowed(): [path: string, source: string][] {
  return [
    [DAEMON, "// import { x } from '@callsign/cli';"],
    [DAEMON, "/** As in `import { x } from '@callsign/cli'`. */"],
    [DAEMON, "throw new Error('set process.env.HOME, see @callsign/cli');"],
    [DAEMON, "Buffer.from('express');"],
    [DAEMON, 'const sentence = "taken from \'express\'";'],
    [DAEMON, "import { readFile } from 'node:fs/promises';"],
    [DAEMON, 'const { pid, execPath } = { pid: process.pid, execPath: process.execPath };'],
    [DAEMON, 'child.process.on(signal);'],
    ['packages/registrar/src/reconcile/loop.ts', "import { Docker } from '../engine/docker.ts';"],
    ['packages/registrar/src/engine/docker.ts', "import Docker from 'dockerode';"],
    ['packages/registrar/src/plugins/guest-main.ts', "process.on('message', answer);"],
    ['packages/dns/src/edns/padding.ts', "import { OPTION } from '../message/opt.ts';"],
    ['packages/dns/src/message/reply.ts', "import type { Transport } from '../responder.ts';"],
    ['packages/cli/src/main.ts', 'main(process.argv.slice(2), process.env);'],
    [CLI, "const { Registrar } = await import('@callsign/registrar');"],
    ['packages/nameserver/src/web/view/dom.ts', "import { x } from '../model/tree.ts';"],
    ['packages/nameserver/src/web/model/service.ts', "import type { x } from '../../api/status.ts';"],
    [CLI, "import { x } from './open.ts';\nconst here = import.meta.dirname;"],
  ];
}

function read(pattern: string): SourceFile[] {
  return globSync(pattern, { cwd: TOP }).map((path) => ({
    path,
    source: readFileSync(`${TOP}/${path}`, 'utf8'),
  }));
}
