import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { Child } from '../../../test/support/child.ts';
import { exec } from '../../../test/support/exec.ts';
import { DIG, PYTHON, pathOf, requireParts, SYSTEMD_SOCKET_ACTIVATE } from '../../../test/support/parts.ts';
import { freePort } from '../../../test/support/ports.ts';
import { scratchStore } from '../../../test/support/scratch.ts';
import { eventually } from '../../../test/support/wait.ts';
import { passedSockets } from '../src/daemon/systemd.ts';
import { ran } from './ran.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const CALLSIGN = [process.execPath, '--conditions=callsign-source', MAIN, 'nameserver'];
const ALONE = ['--store', scratchStore(), '--nameserver', 'none', '--http', '127.0.0.1:0'];

/**
 * A stand-in for systemd, which cannot run here: it binds, starts the program when somebody calls, keeps the sockets
 * when that ends, and starts the next one when somebody calls again.
 */
const MANAGER = `
import os, select, signal, socket, sys

def say(*words): print(*words, file=sys.stderr, flush=True)

def bound():
    while True:
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("127.0.0.1", 0))
        tcp = socket.socket()
        try: tcp.bind(udp.getsockname())
        except OSError: continue
        tcp.listen()
        return udp, tcp

udp, tcp = bound()
http = socket.create_server(("127.0.0.1", 0))
sockets = [udp, tcp, http]
say("bound", tcp.getsockname()[1], http.getsockname()[1])
while True:
    select.select(sockets, [], [])
    child = os.fork()
    if child == 0:
        for at, each in enumerate([os.dup(each.fileno()) for each in sockets]): os.dup2(each, 3 + at)
        os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="3", LISTEN_FDNAMES="dns:dns:http")
        os.execv(sys.argv[1], sys.argv[1:])
    say("started", child)
    os.waitpid(child, 0)
    say("ended", child)
`;

describe('the sockets that systemd has bound', () => {
  it('are known by their numbers and names', () => {
    const env = { LISTEN_PID: '42', LISTEN_FDS: '2', LISTEN_FDNAMES: 'dns:http' };
    assert.deepEqual(passedSockets({ env, pid: 42 }), [
      { fd: 3, name: 'dns' },
      { fd: 4, name: 'http' },
    ]);
  });

  it('are for DNS when they have no names', () => {
    const env = { LISTEN_PID: '42', LISTEN_FDS: '1' };
    assert.deepEqual(passedSockets({ env, pid: 42 }), [{ fd: 3, name: 'dns' }]);
  });

  it('are none of ours when they were meant for a parent', () => {
    assert.deepEqual(passedSockets({ env: { LISTEN_PID: '41', LISTEN_FDS: '1' }, pid: 42 }), []);
    assert.deepEqual(passedSockets({ env: {}, pid: 42 }), []);
  });

  it('have to be sockets', async () => {
    const env = { LISTEN_PID: '1', LISTEN_FDS: '100000', LISTEN_FDNAMES: 'dns' };
    const { code, logged } = await ran(['nameserver'], {}, { env });
    assert.equal(code, 78);
    assert.match(logged, /the sockets of systemd: "dns" \(\d+\) is no bound socket of TCP or UDP/);
  });
});

describe('a nameserver whose sockets are bound by systemd', function () {
  this.timeout(300_000);
  let manager: Child | undefined;

  before(function () {
    requireParts(this, DIG, PYTHON, SYSTEMD_SOCKET_ACTIVATE);
  });

  afterEach(async () => {
    for (const line of manager?.lines ?? []) {
      const [, started] = /^started (\d+)$/.exec(line) ?? [];
      if (started !== undefined && !manager?.lines.includes(`ended ${started}`))
        process.kill(Number(started));
    }
    await manager?.end('SIGTERM');
    manager = undefined;
  });

  it("is started by the first question, by systemd's own program", async () => {
    const port = await freePort();
    const activate = [pathOf(SYSTEMD_SOCKET_ACTIVATE), '--fdname=dns', `--listen=127.0.0.1:${port}`];
    const [program, ...first] = activate as [string, ...string[]];
    manager = new Child(program, [...first, ...activate, '--datagram', ...CALLSIGN, ...ALONE]);
    await eventually(() => assert.match(manager?.lines.join() ?? '', /Listening/));
    assert.match(await ask(port, '+tcp'), /callsign/);
    assert.match(await ask(port), /callsign/);
  });

  for (const threads of [0, 2]) {
    it(`with ${threads} threads leaves them to the next one, so that no question is lost`, async () => {
      const all = [...CALLSIGN, ...ALONE, '--udp-threads', String(threads)];
      manager = new Child(pathOf(PYTHON), ['-c', MANAGER, ...all]);
      const [dns, http] = await eventually(() => said(/^bound (\d+) (\d+)$/));
      assert.match(await ask(dns), /callsign/);
      assert.match(await ask(dns, '+tcp'), /callsign/);
      assert.equal((await fetch(`http://127.0.0.1:${http}/readyz`)).status, 200);
      const [first] = said(/^started (\d+)$/);
      process.kill(Number(first), 'SIGTERM');
      await eventually(() => said(/^ended (\d+)$/));
      assert.match(await ask(dns), /callsign/);
      assert.equal(manager.lines.filter((line) => line.startsWith('started')).length, 2);
    });
  }

  /** What the manager has said: the numbers in that line. */
  function said(what: RegExp): string[] {
    const found = manager?.lines.map((line) => what.exec(line)).find((match) => match !== null);
    assert.ok(found, manager?.lines.join('\n'));
    return found.slice(1);
  }

  /** Asks once, and waits as long as a start may take. */
  async function ask(port: number | string | undefined, ...how: readonly string[]): Promise<string> {
    const question = ['version.bind', 'CH', 'TXT', '+short', '+tries=1', '+time=60', ...how];
    return await exec(pathOf(DIG), ['@127.0.0.1', '-p', String(port), ...question]);
  }
});
