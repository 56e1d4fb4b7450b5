import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { socketAddress } from '@callsign/daemon';
import { Child } from '../support/child.ts';
import { ask } from '../support/dig.ts';
import { exec } from '../support/exec.ts';
import { DIG, DNSTAP_LDNS, FSTRM_CAPTURE, pathOf, requireParts } from '../support/parts.ts';
import { freePort } from '../support/ports.ts';
import { Callsign } from '../support/process.ts';
import { eventually } from '../support/wait.ts';

const HERE = ['--dns', '127.0.0.1:0', '--http', '127.0.0.1:0'];

const READ = 'dnstap messages are read';
const UNREAD = 'nobody reads dnstap messages: the first of them wait, the others are dropped';

/** Without times and sizes. */
function plain(told: string): string[] {
  const lines = told.trim().split('\n');
  return lines.map((line) => line.replace(/^\S+ \S+ /, '').replace(/ \d+b /, ' '));
}

/** The reader that the makers of Frame Streams give, and that of the makers of dnstap for what it has written. */
class Capture {
  readonly #child: Child;
  readonly #file: string;

  constructor(file: string, ...at: readonly string[]) {
    this.#file = file;
    this.#child = new Child(pathOf(FSTRM_CAPTURE), ['-d', '-t', 'protobuf:dnstap.Dnstap', '-w', file, ...at]);
  }

  async listens(): Promise<void> {
    await eventually(() => assert.match(this.#child.lines.join('\n'), /opened output file/));
  }

  /** Waits until it has written a message with these bytes. */
  async hears(bytes: string): Promise<void> {
    await eventually(() => {
      // The sign to write what it holds back.
      this.#child.signal('SIGHUP');
      assert.ok(readFileSync(this.#file).includes(bytes));
    });
  }

  /** Ends it, so that all it has heard is written. @returns a line for each message */
  async end(form = '-q'): Promise<string> {
    await this.#child.end('SIGTERM');
    return await exec(pathOf(DNSTAP_LDNS), [form, '-r', this.#file]);
  }
}

describe('dnstap', function () {
  this.timeout(120_000);
  let folder = '';
  const running: Callsign[] = [];

  before(function () {
    requireParts(this, DIG, FSTRM_CAPTURE, DNSTAP_LDNS);
  });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'callsign-dnstap-'));
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((each) => each.end('SIGTERM')));
    rmSync(folder, { recursive: true });
  });

  for (const threads of ['0', '1']) {
    it(`tells of every question and every answer, with ${threads} threads over UDP`, async () => {
      const capture = await captured('all.fstrm', '-u', join(folder, 'tap.sock'));
      const at = `unix:${join(folder, 'tap.sock')}`;
      const nameserver = await started('--dnstap', at, '--udp-threads', threads, '--nameserver', 'none');
      await nameserver.logged(READ);
      await ask(nameserver.dns, 'docker', 'SOA');
      await ask(nameserver.dns, 'Nobody.docker', 'AAAA', { tcp: true });
      await nameserver.end('SIGTERM');
      assert.deepEqual(plain(await capture.end()), [
        'CQ 127.0.0.1 UDP "docker." IN SOA',
        'CR 127.0.0.1 UDP "docker." IN SOA',
        'CQ 127.0.0.1 TCP "Nobody.docker." IN AAAA',
        'CR 127.0.0.1 TCP "Nobody.docker." IN AAAA',
      ]);
    });
  }

  for (const threads of ['0', '1']) {
    it(`tells which of our addresses was asked, with ${threads} threads over UDP`, async () => {
      const capture = await captured('all.fstrm', '-u', join(folder, 'tap.sock'));
      const at = `unix:${join(folder, 'tap.sock')}`;
      // Bound to every address, only the threads know.
      const host = threads === '0' ? '127.0.0.2' : '127.1.2.3';
      const listening = ['--dns', `${threads === '0' ? host : '0.0.0.0'}:0`, '--udp-threads', threads];
      const nameserver = await started('--dnstap', at, '--nameserver', 'none', ...listening);
      await nameserver.logged(READ);
      const [, where = ''] = (await nameserver.logged('serving')).dns as string[];
      const { port } = socketAddress()(where);
      for (const tcp of [false, true]) await ask({ host, port }, 'docker', 'SOA', { tcp });
      await nameserver.end('SIGTERM');
      const told = (await capture.end('-y')).match(
        /response_address: .*\n(?:.*\n){0,2}? {2}response_port: .*/g,
      );
      assert.equal(told?.length, 4);
      for (const each of told) assert.match(each, new RegExp(`"${host}"\n[^]*: ${port}$`));
    });
  }

  it('tells of what upstreams were asked, of who we are, and when it was', async () => {
    const upstream = await started('--domain', 'example.org', '--nameserver', 'none');
    const port = await freePort();
    const capture = await captured('all.fstrm', '-a', '127.0.0.1', '-p', String(port));
    const { host, port: number } = upstream.dns;
    const at = `tcp://127.0.0.1:${port}`;
    const nameserver = await started('--dnstap', at, '--nameserver', `${host}:${number}`);
    const began = Date.now();
    await ask(nameserver.dns, 'example.org', 'SOA');
    await nameserver.end('SIGTERM');
    const told = (await capture.end('-y'))
      .split('---\n')
      .filter((each) => /;example\.org\.\tIN\tSOA/.test(each));
    assert.deepEqual(
      told.map((each) => /^ {2}type: (\w+)$/m.exec(each)?.[1]),
      ['CLIENT_QUERY', 'FORWARDER_QUERY', 'FORWARDER_RESPONSE', 'CLIENT_RESPONSE'],
    );
    for (const each of told) {
      assert.match(each, new RegExp(`^identity: "${hostname()}"\nversion: "callsign `, 'm'));
      const time = Date.parse(`${/query_time: !!timestamp (.*)$/m.exec(each)?.[1]}Z`);
      assert.ok(time >= began - 2 && time <= Date.now(), `${time} is not between ${began} and now`);
    }
    assert.match(told[2] ?? '', new RegExp(`response_address: "${host}"\n {2}response_port: ${number}\n`));
  });

  it('answers while nobody reads, keeps the first messages for who comes, and finds who comes back', async () => {
    const port = await freePort();
    const at = ['-a', '127.0.0.1', '-p', String(port)];
    const nameserver = await started('--dnstap', `tcp://127.0.0.1:${port}`, '--nameserver', 'none');
    await nameserver.logged(UNREAD);
    await ask(nameserver.dns, 'first.docker', 'A');
    const first = await captured('first.fstrm', ...at);
    await first.hears('first');
    await first.end();
    await eventually(() =>
      assert.equal(nameserver.log.filter(({ message }) => message === UNREAD).length, 2),
    );
    const second = await captured('second.fstrm', ...at);
    await eventually(() => assert.equal(nameserver.log.filter(({ message }) => message === READ).length, 2));
    await ask(nameserver.dns, 'second.docker', 'A');
    await nameserver.end('SIGTERM');
    assert.deepEqual(plain(await first.end()), [
      'CQ 127.0.0.1 UDP "first.docker." IN A',
      'CR 127.0.0.1 UDP "first.docker." IN A',
    ]);
    assert.deepEqual(plain(await second.end()), [
      'CQ 127.0.0.1 UDP "second.docker." IN A',
      'CR 127.0.0.1 UDP "second.docker." IN A',
    ]);
  });

  async function captured(file: string, ...at: readonly string[]): Promise<Capture> {
    const capture = new Capture(join(folder, file), ...at);
    await capture.listens();
    return capture;
  }

  async function started(...more: readonly string[]): Promise<Callsign> {
    const store = `embedded:${join(folder, `${running.length}.journal`)}`;
    const nameserver = await Callsign.serving(['nameserver', '--store', store, ...HERE, ...more]);
    running.push(nameserver);
    return nameserver;
  }
});
