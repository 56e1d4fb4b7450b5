import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFile,
  copyFile,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CompactedError, EmbeddedStore, LeaseLostError, put, remove, type Store } from '@callsign/catalog';
import { CallsignError } from '@callsign/daemon';
import { ManualClock } from '../../../test/support/clock.ts';
import { requireParts, UTIL_LINUX } from '../../../test/support/parts.ts';
import { eventually } from '../../../test/support/wait.ts';

const run = promisify(execFile);
const WRITER = fileURLToPath(import.meta.resolve('./embedded-writer.ts'));

describe('embedded store in a file', () => {
  let directory: string;
  let file: string;
  let opened: EmbeddedStore[] = [];

  const open = async (options: { readonly clock?: ManualClock; readonly file?: string } = {}) => {
    const store = await EmbeddedStore.open({ file, ...options });
    opened.push(store);
    return store;
  };

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'callsign-store-'));
    file = join(directory, 'store');
  });
  afterEach(async () => {
    await Promise.all(opened.map((store) => store.close()));
    opened = [];
    await rm(directory, { recursive: true, force: true });
  });

  it('holds what it held, at the revisions that it had', async () => {
    const before = await open();
    await put(before, 'docker/a', '1');
    await put(before, 'docker/b', 'ü \u2028 \ud800');
    await remove(before, 'docker/a');
    const listing = await before.list('');
    await before.close();
    const after = await open();
    assert.deepEqual(await after.list(''), listing);
    assert.equal(await put(after, 'docker/c', '3'), listing.revision + 1);
  });

  it('tells a watcher from before what he has missed, as far as its journal goes back', async () => {
    const before = await open();
    const { revision } = await before.list('');
    const lease = await before.leases.grant(60);
    const seen = await put(before, 'docker/a', '1', { lease });
    const missed = await first(before, seen - 1);
    await put(before, 'docker/a', '2');
    await before.close();
    const after = await open();
    assert.deepEqual(await first(after, seen - 1), missed);
    const next = first(after, seen + 1);
    const newest = await put(after, 'docker/a', '3');
    assert.equal((await next)?.revision, newest);
    await assert.rejects(first(after, revision - 1), CompactedError);
  });

  it('never goes back to an earlier revision when its file is lost', async () => {
    const clock = new ManualClock();
    const before = await open({ clock });
    const revision = await put(before, 'docker/a', '1');
    await before.close();
    await rm(file);
    await clock.advance(2_000);
    const after = await open({ clock });
    assert.ok((await after.list('')).revision > revision);
  });

  describe('leases', () => {
    it('begin their time anew after a restart, and may be renewed by their id', async () => {
      const clock = new ManualClock();
      const before = await open({ clock });
      const [kept, left] = [await before.leases.grant(30), await before.leases.grant(30)];
      await put(before, 'docker/kept', '1', { lease: kept });
      await put(before, 'docker/left', '1', { lease: left });
      await clock.advance(29_000);
      await before.close();
      await clock.advance(3_600_000);
      const after = await open({ clock });
      assert.deepEqual(await described(after), ['docker/kept 30', 'docker/left 30']);
      await clock.advance(29_000);
      await after.leases.renew(kept.id);
      await clock.advance(2_000);
      await eventually(async () => assert.deepEqual(await described(after), ['docker/kept 30']));
      await assert.rejects(after.leases.renew(left.id), LeaseLostError);
    });

    it('begin their time anew also after the whole process was stopped, for nobody could renew them', async () => {
      const clock = new ManualClock();
      const store = await open({ clock });
      const [kept, left] = [await store.leases.grant(30), await store.leases.grant(30)];
      await put(store, 'docker/kept', '1', { lease: kept });
      await put(store, 'docker/left', '1', { lease: left });
      await clock.advance(10_000);
      await clock.standStill(3_600_000);
      await clock.advance(29_000);
      assert.deepEqual(await described(store), ['docker/kept 30', 'docker/left 30']);
      await store.leases.renew(kept.id);
      await clock.advance(2_000);
      await eventually(async () => assert.deepEqual(await described(store), ['docker/kept 30']));
    });

    it('leave nothing behind that waits for their time when they are revoked, or the store is closed', async () => {
      const clock = new ManualClock();
      const store = await open({ clock });
      const [revoked, left] = [await store.leases.grant(30), await store.leases.grant(30)];
      await store.leases.renew(revoked.id);
      await store.leases.revoke(revoked.id);
      await eventually(() => assert.equal(clock.sleeping, 1));
      await store.leases.renew(left.id);
      await store.close();
      await eventually(() => assert.equal(clock.sleeping, 0));
    });

    it('that have ended stay so after a restart', async () => {
      const clock = new ManualClock();
      const before = await open({ clock });
      const [revoked, expired] = [await before.leases.grant(30), await before.leases.grant(1)];
      await put(before, 'docker/a', '1', { lease: revoked });
      await before.leases.revoke(revoked.id);
      await clock.advance(1_000);
      await assert.rejects(before.leases.renew(expired.id), LeaseLostError);
      await before.close();
      const after = await open({ clock });
      assert.deepEqual(await described(after), []);
      for (const { id } of [revoked, expired]) await assert.rejects(after.leases.renew(id), LeaseLostError);
    });
  });

  describe('damage', () => {
    beforeEach(async () => {
      const store = await open();
      for (const number of [1, 2, 3]) await put(store, `docker/k${number}`, String(number));
      await store.close();
    });

    for (const [what, damage] of [
      ['half a line', async () => truncate(file, (await stat(file)).size - 7)],
      ['a line without its end', async () => truncate(file, (await stat(file)).size - 1)],
      ['zeros where the last line was to be', async () => cutAndAppend(20, Buffer.alloc(20))],
      ['a last line of other bytes', async () => cutAndAppend(8, '"other"\n')],
    ] as const) {
      it(`at the end is cut: ${what}`, async () => {
        await damage();
        const store = await open();
        assert.deepEqual(await described(store), ['docker/k1', 'docker/k2']);
        await put(store, 'docker/k4', '4');
        await store.close();
        assert.deepEqual(await described(await open()), ['docker/k1', 'docker/k2', 'docker/k4']);
      });
    }

    it('in the middle is reported with its place, and nothing is touched', async () => {
      const bytes = await readFile(file);
      const place = bytes.indexOf('docker/k2');
      bytes.writeUInt8(bytes.readUInt8(place) ^ 1, place);
      await writeFile(file, bytes);
      await assert.rejects(
        open(),
        (error) =>
          error instanceof CallsignError &&
          error.code === 'STORE_DAMAGED' &&
          /line 3 \(byte \d+\)/.test(error.message),
      );
      assert.deepEqual(await readFile(file), bytes);
    });

    it('is not suspected of an empty file, nor is another file taken for a store', async () => {
      await writeFile(file, '');
      await (await open()).close();
      await writeFile(file, '{"some":"json"}\n');
      await assert.rejects(open(), { code: 'STORE_DAMAGED' });
    });

    it('of a rewriting that was interrupted does no harm', async () => {
      await writeFile(`${file}.new`, 'half a journal');
      assert.equal((await described(await open())).length, 3);
    });

    const cutAndAppend = async (bytes: number, tail: Uint8Array | string) => {
      await truncate(file, (await stat(file)).size - bytes);
      await appendFile(file, tail);
    };
  });

  it('keeps its journal in bounds, while others read, and loses nothing by it', async () => {
    const store = await open();
    const lease = await store.leases.grant(30);
    const value = 'x'.repeat(10_000);
    await put(store, 'docker/leased', '1', { lease });
    let largest = 0;
    for (let round = 0; round < 20; round += 1) {
      await Promise.all(
        Array.from({ length: 50 }, (_, at) => put(store, `docker/k${at}`, `${round}${value}`)),
      );
      largest = Math.max(largest, (await stat(file)).size);
      assert.equal((await store.list('')).entries.length, 51);
    }
    const listing = await store.list('');
    assert.ok(largest < 5_000_000, `${largest} bytes for 500,000 that live; 10,000,000 were written`);
    await store.close();
    const again = await open();
    assert.deepEqual(await again.list(''), listing);
    await again.leases.renew(lease.id);
    assert.deepEqual(await readdir(directory), ['store', 'store.lock']);
  });

  it('goes on when a full disk has room again, and has lost nothing that it acknowledged', async () => {
    const [child, lines] = await writer(file, 0, 'ulimit -S -f 40; trap "" XFSZ; exec "$0" "$@"');
    await eventually(() => assert.ok(lines.some((line) => line.startsWith('failed') && line.includes(file))));
    await run('prlimit', [`--pid=${child.pid}`, '--fsize=unlimited']);
    const before = numbersIn(lines).length;
    await eventually(() => assert.ok(numbersIn(lines).length > before + 100));
    child.kill('SIGKILL');
    await once(child, 'close');
    await assertHolds(await open(), numbersIn(lines));
  });

  describe('on a disk of its own that has little room', () => {
    /** More than a journal may be before it is rewritten, by less than what of it is still true. */
    const ROOM = (1 << 20) + (80 << 10);
    let child: ChildProcess;
    let lines: string[];
    /** The same file, as it is seen from without. */
    let outside: string;

    before(function () {
      requireParts(this, UTIL_LINUX);
    });
    beforeEach(async () => {
      const shell = `exec unshare --mount sh -c 'mount -t tmpfs -o size=${ROOM} none ${directory}; exec "$0" "$@"' "$0" "$@"`;
      [child, lines] = await writer(file, 0, shell);
      outside = `/proc/${child.pid}/root${file}`;
    });
    afterEach(async () => {
      child.kill('SIGKILL');
      await once(child, 'close');
    });

    it('writes on where a second journal has no room beside the first, to the end of the disk', async () => {
      await eventually(() => assert.ok(lines.some((line) => line.startsWith('failed'))));
      assert.ok((await stat(outside)).size > ROOM - (16 << 10));
    });

    it('goes on when others have left it some room, be it too little for a second journal', async () => {
      await eventually(async () => assert.ok((await stat(outside)).size > 400 << 10));
      const others = `/proc/${child.pid}/root${directory}/others`;
      await writeFile(others, Buffer.alloc(ROOM)).catch(() => undefined);
      await eventually(() => assert.ok(lines.at(-1)?.startsWith('failed')));
      await truncate(others, (await stat(others)).size - (100 << 10));
      const before = numbersIn(lines).length;
      await eventually(() => assert.ok(numbersIn(lines).length > before + 100));
      child.kill('SIGSTOP');
      await copyFile(outside, file);
      await assertHolds(await open(), numbersIn(lines));
    });
  });

  it('loses no acknowledged write to kill -9, in 50 kills', async () => {
    const files = ['one', 'two', 'three', 'four', 'five'].map((name) => join(directory, name));
    await Promise.all(
      files.map(async (path) => {
        const acknowledged: number[] = [];
        for (let kill = 0; kill < 10; kill += 1)
          acknowledged.push(...(await writeUntilKilled(path, acknowledged)));
        await assertHolds(await open({ file: path }), acknowledged);
      }),
    );
  }).timeout(180_000);

  describe('behind a link', () => {
    let link: string;

    beforeEach(async () => {
      link = join(directory, 'link');
      await mkdir(join(directory, 'volume'));
      file = join(directory, 'volume', 'store');
      await symlink('other', link);
      await symlink('volume/store', join(directory, 'other'));
    });

    it('is made where the link leads, and stays there when its journal is rewritten', async () => {
      const store = await open({ file: link });
      const value = 'x'.repeat(64 << 10);
      for (let number = 0; number < 40; number += 1) await put(store, 'docker/a', `${number} ${value}`);
      await store.close();
      assert.ok((await lstat(link)).isSymbolicLink());
      assert.ok((await stat(file)).size < 1 << 20);
      assert.deepEqual(await described(await open()), ['docker/a']);
    });

    it('is kept for one process, whichever way another one comes', async () => {
      await open();
      await assert.rejects(open({ file: link }), { code: 'STORE_LOCKED' });
    });
  });

  describe('the lock', () => {
    it('keeps a second process out, naming the file and the cure', async () => {
      await open();
      await assert.rejects(
        open(),
        (error) =>
          error instanceof CallsignError &&
          error.code === 'STORE_LOCKED' &&
          error.message.includes(file) &&
          error.cure !== undefined,
      );
    });

    it('is given back by close', async () => {
      await (await open()).close();
      await (await open()).close();
      assert.deepEqual(await readdir(directory), ['store']);
    });

    it('is taken by one of many that find it stale', async () => {
      const [child] = await writer(file, 0);
      child.kill('SIGKILL');
      await once(child, 'close');
      assert.ok((await readdir(directory)).includes('store.lock'));
      const results = await Promise.allSettled([open(), open(), open()]);
      assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
    });

    it('is respected when its holder does not even answer', async () => {
      const server = createServer().listen(`${file}.lock`);
      await once(server, 'listening');
      await assert.rejects(open(), { code: 'STORE_LOCKED' });
      server.close();
    });
  });

  describe('a file that cannot be used', () => {
    const cases: readonly (readonly [string, () => string, RegExp])[] = [
      ['in a directory that does not exist', () => join(directory, 'none', 'store'), /mkdir -p/],
      ['that is a directory', () => directory, /Name a file/],
      ['with a path too long for its lock', () => join(directory, 'x'.repeat(100)), /at most 102 bytes/],
      ['below a file', () => join(import.meta.filename, 'store'), /must be a directory/],
    ];
    for (const [what, path, cure] of cases) {
      it(`is refused with a cure: ${what}`, async () => {
        await assert.rejects(
          open({ file: path() }),
          (error) =>
            error instanceof CallsignError &&
            error.code === 'STORE_FILE' &&
            cure.test(error.cure ?? 'no cure'),
        );
      });
    }
  });
});

describe('embedded store in memory', () => {
  it('drops a watcher that falls too far behind, and costs nothing for it', async () => {
    const store = await EmbeddedStore.open({ history: 100 });
    const { revision } = await store.list('');
    const slow = store.watch('', revision, AbortSignal.timeout(30_000))[Symbol.asyncIterator]();
    await put(store, 'docker/a', '0');
    assert.equal((await slow.next()).value?.revision, revision + 1);
    for (let number = 1; number <= 101; number += 1) await put(store, 'docker/a', String(number));
    await assert.rejects(slow.next(), CompactedError);
    await store.close();
  });

  it('remembers fewer batches the larger they are, but the last one always', async () => {
    const store = await EmbeddedStore.open();
    const { revision } = await store.list('');
    const value = 'x'.repeat(1 << 20);
    for (let number = 0; number < 80; number += 1) await put(store, 'docker/a', `${number} ${value}`);
    await assert.rejects(first(store, revision), CompactedError);
    assert.equal((await first(store, revision + 60))?.revision, revision + 61);
    const last = await put(store, 'docker/a', value.repeat(80));
    assert.equal((await first(store, last - 1))?.revision, last);
    await store.close();
  });
});

/** A child that writes until it is killed, and the lines that it prints. */
async function writer(
  file: string,
  from: number,
  shell = 'exec "$0" "$@"',
): Promise<[ChildProcess, string[]]> {
  const program = [process.execPath, '--conditions=callsign-source', WRITER, file, String(from)];
  const child = spawn('/bin/sh', ['-c', shell, ...program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  createInterface(child.stdout).on('line', (line) => lines.push(line));
  await eventually(() => assert.equal(lines[0], 'open'));
  return [child, lines];
}

/** What was acknowledged before the kill. Each kill comes at another moment. */
async function writeUntilKilled(file: string, before: readonly number[]): Promise<number[]> {
  const [child, lines] = await writer(file, Math.max(0, ...before) + 100);
  const enough = 10 + Math.random() * 500;
  await eventually(() => assert.ok(lines.length > enough), 30_000, 1);
  child.kill('SIGKILL');
  await once(child, 'close');
  return numbersIn(lines);
}

function numbersIn(lines: readonly string[]): number[] {
  return lines.filter((line) => /^\d+$/.test(line)).map(Number);
}

/** The number under each key is the last that was acknowledged for it, or a later one that was not. */
async function assertHolds(store: Store, acknowledged: readonly number[]): Promise<void> {
  const last = new Map(
    acknowledged.toSorted((a, b) => a - b).map((number) => [`docker/k${number % 1_000}`, number]),
  );
  const { entries } = await store.list('');
  const held = new Map(entries.map(({ key, value }) => [key, Number.parseInt(value, 10)]));
  const lost = [...last].filter(([key, number]) => !((held.get(key) ?? -1) >= number));
  assert.ok(last.size > 0);
  assert.deepEqual(lost, []);
}

async function described(store: Store): Promise<string[]> {
  const { entries } = await store.list('');
  return entries.map(({ key, leaseTtl }) => (leaseTtl === undefined ? key : `${key} ${leaseTtl}`));
}

async function first(store: Store, after: number) {
  for await (const batch of store.watch('', after, AbortSignal.timeout(30_000))) return batch;
  return undefined;
}
