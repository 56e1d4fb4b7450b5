import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child } from '../../../test/support/child.ts';
import { PYTHON, pathOf, requireParts, SYSTEMD_NOTIFY } from '../../../test/support/parts.ts';
import { Callsign } from '../../../test/support/process.ts';
import { scratchStore } from '../../../test/support/scratch.ts';
import { eventually } from '../../../test/support/wait.ts';

const WORDS = ['nameserver', '--store', scratchStore(), '--dns', '127.0.0.1:0', '--http', '127.0.0.1:0'];
/** A socket as systemd has it: it says what arrives there, one line each. */
const LISTENER = `
import os, socket, sys
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind(sys.argv[1])
print("bound", file=sys.stderr, flush=True)
while True:
    data, passed, flags, sender = socket.recv_fds(receiver, 4096, 4)
    for fd in passed: os.close(fd)  # systemd-notify waits for that: BARRIER=1
    print(data.decode().replace("\\n", " "), file=sys.stderr, flush=True)
`;

describe('systemd is told that a daemon serves', function () {
  this.timeout(120_000);
  let folder: string;
  let systemd: Child;
  let nameserver: Callsign | undefined;

  before(async function () {
    requireParts(this, PYTHON, SYSTEMD_NOTIFY);
    folder = await mkdtemp(join(tmpdir(), 'callsign-systemd-'));
    systemd = new Child(pathOf(PYTHON), ['-c', LISTENER, join(folder, 'notify')]);
    await eventually(() => assert.deepEqual(systemd.lines, ['bound']));
  });

  afterEach(async () => {
    await nameserver?.end('SIGTERM');
  });

  after(async () => {
    await systemd?.end('SIGTERM');
    if (folder !== undefined) await rm(folder, { recursive: true });
  });

  it('by the socket that it names, once everything is bound', async () => {
    nameserver = await Callsign.serving(WORDS, { NOTIFY_SOCKET: join(folder, 'notify') });
    await eventually(() => assert.ok(systemd.lines.includes('READY=1'), systemd.lines.join()));
  });

  it('and a socket that is gone is worth a warning, and no more', async () => {
    nameserver = await Callsign.serving(WORDS, { NOTIFY_SOCKET: join(folder, 'gone') });
    const warning = await nameserver.logged('systemd could not be told that we serve');
    assert.equal(warning.level, 'warn');
    assert.deepEqual(await nameserver.end('SIGTERM'), { code: 0, signal: null });
  });
});
