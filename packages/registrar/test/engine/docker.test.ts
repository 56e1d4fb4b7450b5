import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CallsignError } from '@callsign/daemon';
import { Engine as RealEngine } from '../../../../test/support/engine.ts';
import { BUSYBOX, DOCKERD, IP, OPENSSL, pathOf, requireParts } from '../../../../test/support/parts.ts';
import { TcpProxy } from '../../../../test/support/proxy.ts';
import { eventually } from '../../../../test/support/wait.ts';
import { parseDockerAddress, type TlsFiles } from '../../src/engine/address.ts';
import { DockerEngine } from '../../src/engine/docker.ts';
import type { ContainerEvent } from '../../src/engine/engine.ts';
import { engineError } from '../../src/engine/errors.ts';
import { HttpDouble } from './http-double.ts';
import { OlderEngine } from './older-engine.ts';

const NEVER = new AbortController().signal;

describe('docker engine', function () {
  this.timeout(120_000);
  let real: RealEngine;
  let engine: DockerEngine;

  before(async function () {
    requireParts(this, BUSYBOX, DOCKERD, IP);
    real = await RealEngine.start();
    await real.importImage('web', 'EXPOSE 80', 'ENV ROLE=web', 'LABEL team=blue');
    engine = new DockerEngine({ kind: 'socket', path: real.socket });
  });
  afterEach(() => real.empty());
  after(() => real?.stop());

  async function ids(): Promise<readonly string[]> {
    return (await engine.list(NEVER)).map(({ id }) => id);
  }

  it('tells of a container’s life, and what it is', async () => {
    const stop = new AbortController();
    const heard: ContainerEvent[] = [];
    const listening = collect(await engine.subscribe(stop.signal), heard);
    const id = await real.run('one', 'web');
    await real.docker('pause', 'one');
    await real.docker('unpause', 'one');
    await real.docker('rename', 'one', 'uno');
    await real.docker('network', 'create', 'side');
    await real.docker('network', 'connect', 'side', 'uno');
    const found = await engine.inspect(id, NEVER);
    assert.deepEqual(await ids(), [id]);
    assert.deepEqual(
      [found?.name, found?.image, found?.running, found?.ports, found?.labels.team],
      ['/uno', 'web', true, { '80/tcp': null }, 'blue'],
    );
    assert.equal(found?.networks.bridge?.ipv4, await real.addressOf('uno', 'bridge'));
    assert.ok(found?.env.includes('ROLE=web'));
    assert.deepEqual(Object.keys(found?.networks ?? {}).sort(), ['bridge', 'side']);
    await real.docker('rm', '--force', 'uno');
    await eventually(() => assert.ok(heard.some(({ action }) => action === 'destroy')));
    stop.abort();
    await assert.rejects(listening, { name: 'AbortError' });
    const actions = heard.filter(({ container }) => container === id).map(({ action }) => action);
    for (const action of ['start', 'pause', 'unpause', 'rename', 'connect', 'die']) {
      assert.ok(actions.includes(action), `${action} in ${actions.join()}`);
    }
    assert.equal(await engine.inspect(id, NEVER), undefined);
    assert.deepEqual(await ids(), []);
  });

  it('tells of a container with megabytes of labels, which each of its events has', async () => {
    const labels = Array.from({ length: 50 }, (_, at) => `label${at}=${'x'.repeat(60_000)}`);
    await writeFile(real.path('labels'), labels.join('\n'));
    const stop = new AbortController();
    const heard: ContainerEvent[] = [];
    const listening = collect(await engine.subscribe(stop.signal), heard);
    const large = await real.run('large', 'web', '--label-file', real.path('labels'));
    await real.docker('rm', '--force', 'large');
    const small = await real.run('small', 'web');
    await eventually(() => assert.ok(heard.some(({ container }) => container === small)));
    stop.abort();
    await assert.rejects(listening);
    const actions = heard.flatMap(({ container, action }) => (container === large ? [action] : []));
    assert.ok(actions.includes('start') && actions.includes('die'), String(actions));
  });

  it('sees a paused container as one that does not answer', async () => {
    const id = await real.run('two', 'web');
    await real.docker('pause', 'two');
    assert.equal((await engine.inspect(id, NEVER))?.running, false);
    assert.deepEqual(await ids(), [id]);
  });

  it('sees the address and the ports of a container in a macvlan network', async () => {
    const where = ['--subnet', '10.99.7.0/24', '--opt', `parent=${real.bridge.name}`];
    await real.docker('network', 'create', '--driver', 'macvlan', ...where, 'flat');
    const found = await engine.inspect(await real.run('far', 'web', '--network', 'flat'), NEVER);
    assert.equal(found?.networks.flat?.ipv4, await real.addressOf('far'));
    assert.deepEqual(found?.ports, { '80/tcp': null });
  });

  for (const version of ['1.24', '1.30', '1.41']) {
    it(`speaks API ${version} with an Engine that knows no newer one`, async () => {
      const older = await OlderEngine.start(real.socket, real.path(`api-${version}.sock`), version);
      const stop = new AbortController();
      const heard: ContainerEvent[] = [];
      try {
        engine = new DockerEngine({ kind: 'socket', path: older.socket });
        const listening = collect(await engine.subscribe(stop.signal), heard);
        const id = await real.run('old', 'web', '--stop-signal', 'SIGQUIT', '--label', 'a=b');
        await real.docker('kill', '--signal', 'HUP', 'old');
        const found = await engine.inspect(id, NEVER);
        assert.deepEqual([found?.running, found?.stopSignal, found?.labels.a], [true, 3, 'b']);
        assert.equal(found?.networks.bridge?.ipv4, await real.addressOf('old', 'bridge'));
        assert.deepEqual(await ids(), [id]);
        await eventually(() => assert.ok(heard.some(({ signal }) => signal === 1)));
        stop.abort();
        await assert.rejects(listening, { name: 'AbortError' });
        const [first, ...rest] = older.paths;
        assert.equal(first, '/version');
        assert.ok(
          rest.every((path) => path.startsWith(`/v${version}/`)),
          rest.join(),
        );
      } finally {
        await older.close();
        engine = new DockerEngine({ kind: 'socket', path: real.socket });
      }
    });
  }

  it('asks an Engine outside a Swarm nothing that only a manager can answer', async () => {
    const between = await OlderEngine.start(real.socket, real.path('between.sock'), '1.41');
    try {
      const asking = new DockerEngine({ kind: 'socket', path: between.socket });
      assert.equal(await asking.services(NEVER), undefined);
      assert.deepEqual(between.statuses, [200]);
    } finally {
      await between.close();
    }
  });

  it('marks in its list what names depend on, and nothing that only passes', async () => {
    await real.run('marked', 'web', ...['80', '81', '82'].flatMap((port) => ['--publish', port]));
    const mark = async () => (await engine.list(NEVER)).map((each) => each.mark).join();
    const before = await mark();
    for (let again = 0; again < 5; again += 1) assert.equal(await mark(), before);
    const changes = [
      ['rename', 'marked', 'other'],
      ['pause', 'other'],
      ['unpause', 'other'],
    ];
    const marks = new Set([before]);
    for (const change of changes) {
      await real.docker(...change);
      marks.add(await mark());
    }
    assert.equal(marks.size, 3);
  });

  it('notices when the Engine ends, says what is the matter, and works again when it is back', async () => {
    const heard = assert.rejects(collect(await engine.subscribe(NEVER), []), CallsignError);
    await real.end('SIGTERM');
    try {
      await heard;
      await assert.rejects(engine.list(NEVER), { code: 'ENGINE_ABSENT' });
    } finally {
      await real.begin();
    }
    await engine.ping(NEVER);
  });
});

describe('docker engine over a double', () => {
  let directory: string;
  let double: HttpDouble;
  const proxies: TcpProxy[] = [];

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'callsign-docker-'));
  });
  after(() => rm(directory, { recursive: true }));
  afterEach(async () => {
    await Promise.all(proxies.splice(0).map((proxy) => proxy.close()));
    await double?.close();
  });

  const socket = () => join(directory, 'docker.sock');

  async function serve(answers: HttpDouble['answers'] = {}, answerMs = 10_000): Promise<DockerEngine> {
    double = await HttpDouble.start(socket());
    double.answers = answers;
    return new DockerEngine({ kind: 'socket', path: socket() }, undefined, answerMs);
  }

  it('asks for the events that matter, and puts split and broken lines in order', async () => {
    const line = '{"Type":"container","Action":"start","Actor":{"ID":"é1"}}\n';
    const bytes = Buffer.from(`<html>\n${line}{"half":\n${line}`);
    const engine = await serve({
      '/events': async (response) => {
        for (const byte of bytes) {
          response.write(Buffer.of(byte));
          await new Promise(setImmediate);
        }
        response.end();
      },
    });
    const heard: ContainerEvent[] = [];
    const listening = collect(await engine.subscribe(NEVER), heard);
    await assert.rejects(listening, { code: 'ENGINE_FAILED' });
    assert.deepEqual(
      heard.map(({ container }) => container),
      ['é1', 'é1'],
    );
    const [events] = double.requests.filter((each) => each.includes('/events'));
    const asked = new URL(events?.slice(4) ?? '', 'http://x').searchParams.get('filters');
    const { event, type } = JSON.parse(asked ?? '');
    assert.deepEqual(type, ['container', 'network', 'service']);
    assert.ok(event.includes('start') && event.includes('health_status') && !event.includes('exec_start'));
  });

  for (const call of ['list', 'ping', 'subscribe'] as const) {
    it(`does not wait for ever for the answer to ${call}`, async () => {
      const hang = () => undefined;
      const engine = await serve({ '/containers/json': hang, '/_ping': hang, '/events': hang }, 100);
      await assert.rejects(engine[call](NEVER), { code: 'ENGINE_SILENT' });
    });

    it(`gives ${call} up when it is told to, and calls that no failure of the Engine`, async () => {
      const hang = () => undefined;
      const engine = await serve({ '/containers/json': hang, '/_ping': hang, '/events': hang });
      const stop = new AbortController();
      const asked = engine[call](stop.signal);
      await eventually(() => assert.match(double.requests.at(-1) ?? '', /json|_ping|events/));
      stop.abort();
      await assert.rejects(asked, { name: 'AbortError' });
    });
  }

  it('keeps a stream beyond the time that an answer may take', async () => {
    const engine = await serve({}, 50);
    const stop = new AbortController();
    const listening = collect(await engine.subscribe(stop.signal), []);
    const early = await Promise.race([listening.catch(() => 'ended'), later(150)]);
    assert.equal(early, 'later');
    stop.abort();
    await assert.rejects(listening, { name: 'AbortError' });
  });

  it('takes a server error for one that may pass', async () => {
    const broken = (response: { statusCode: number; end(text: string): void }) => {
      response.statusCode = 500;
      response.end('{"message":"layer not known"}');
    };
    const engine = await serve({ '/abc/json': broken });
    await assert.rejects(engine.inspect('abc', NEVER), (error) => {
      assert.ok(error instanceof CallsignError && error.retryable);
      assert.match(String((error.cause as Error).message), /layer not known/);
      return true;
    });
  });

  it('notices a network that is cut', async () => {
    double = await HttpDouble.start(undefined);
    const proxy = await TcpProxy.to(double.port);
    proxies.push(proxy);
    const engine = new DockerEngine(parseDockerAddress(`tcp://127.0.0.1:${proxy.port}`));
    const listening = collect(await engine.subscribe(NEVER), []);
    proxy.cut();
    await assert.rejects(listening, CallsignError);
  });

  it('notices a network that swallows everything, by the sign of life that does not come', async () => {
    double = await HttpDouble.start(undefined);
    const proxy = await TcpProxy.to(double.port);
    proxies.push(proxy);
    const engine = new DockerEngine(parseDockerAddress(`tcp://127.0.0.1:${proxy.port}`), undefined, 100);
    await engine.ping(NEVER);
    proxy.stall();
    await assert.rejects(engine.ping(NEVER), { code: 'ENGINE_SILENT' });
  });

  it('is not led astray by the variables that its library reads', async () => {
    const engine = await withVariable('DOCKER_HOST', 'tcp://127.0.0.1:1', () => serve());
    assert.equal((await engine.list(NEVER))[0]?.id, 'abc');
    const contradiction = withVariable(
      'DOCKER_HOST',
      'tcp://h:p:q',
      async () => new DockerEngine(parseDockerAddress('/x')),
    );
    await assert.rejects(contradiction, { code: 'ENGINE_ENVIRONMENT' });
  });

  it('says that there is no socket', async () => {
    double = await HttpDouble.start(socket());
    const engine = new DockerEngine({ kind: 'socket', path: join(directory, 'none.sock') });
    await assert.rejects(engine.list(NEVER), (error) => {
      assert.ok(error instanceof CallsignError);
      assert.match(error.message, /there is no Docker Engine at unix:\/\/.*none\.sock/);
      assert.match(error.cure ?? '', /--docker/);
      return true;
    });
  });

  describe('with TLS', () => {
    const pem = (name: string) => join(directory, `${name}.pem`);
    const files = (names: Partial<TlsFiles> = {}): TlsFiles => ({
      ca: pem('ca'),
      cert: pem('client'),
      key: pem('client-key'),
      ...names,
    });

    before(function () {
      requireParts(this, OPENSSL);
      makeCertificates(directory);
    });

    async function overTls(tls: TlsFiles, host = '127.0.0.1'): Promise<DockerEngine> {
      double = await HttpDouble.start(undefined, {
        ca: readFileSync(pem('ca')),
        cert: readFileSync(pem('server')),
        key: readFileSync(pem('server-key')),
        requestCert: true,
        rejectUnauthorized: true,
      });
      return new DockerEngine(parseDockerAddress(`https://${host}:${double.port}`), tls);
    }

    it('shows its certificate and follows events', async () => {
      const engine = await overTls(files());
      assert.equal((await engine.list(NEVER))[0]?.id, 'abc');
      await engine.subscribe(NEVER);
    });

    for (const [what, names, host, code] of [
      ['an authority that did not sign', { ca: undefined }, '127.0.0.1', 'ENGINE_TLS_UNTRUSTED'],
      ['another host’s certificate', {}, 'localhost', 'ENGINE_TLS_UNTRUSTED'],
      ['no certificate of its own', { cert: undefined, key: undefined }, '127.0.0.1', 'ENGINE_TLS_REFUSED'],
    ] as const) {
      it(`refuses, or is refused, with ${what}`, async () => {
        const engine = await overTls(files(names), host);
        await assert.rejects(engine.list(NEVER), { code });
      });
    }

    it('takes other files when it subscribes again, for certificates are renewed while it runs', async () => {
      const renewed = join(directory, 'renewed.pem');
      await cp(pem('client'), renewed);
      const engine = await overTls(files({ ca: renewed }));
      await assert.rejects(engine.subscribe(NEVER), { code: 'ENGINE_TLS_UNTRUSTED' });
      await cp(pem('ca'), renewed);
      await engine.subscribe(NEVER);
      assert.equal((await engine.list(NEVER))[0]?.id, 'abc');
    });

    it('says that the Engine speaks no TLS', async () => {
      double = await HttpDouble.start(undefined);
      const engine = new DockerEngine(parseDockerAddress(`https://127.0.0.1:${double.port}`), files());
      await assert.rejects(engine.list(NEVER), { code: 'ENGINE_TLS_MISMATCH' });
    });

    it('names a file that cannot be read', async () => {
      await assert.rejects(overTls(files({ key: '/nonexistent/key.pem' })), {
        code: 'TLS_FILE_UNREADABLE',
        message: '--tlskey: cannot read the file /nonexistent/key.pem',
      });
    });
  });

  describe('errors', () => {
    before(async () => {
      double = await HttpDouble.start(socket());
    });

    for (const [cause, code] of [
      [{ code: 'EACCES' }, 'ENGINE_FORBIDDEN'],
      [{ code: 'EPERM' }, 'ENGINE_FORBIDDEN'],
      [{ code: 'ENOENT' }, 'ENGINE_ABSENT'],
      [{ code: 'ECONNREFUSED' }, 'ENGINE_ABSENT'],
      [{ code: 'ENOTFOUND' }, 'ENGINE_ABSENT'],
      [{ message: 'Client sent an HTTP request to an HTTPS server.' }, 'ENGINE_TLS_MISMATCH'],
      [{ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, 'ENGINE_TLS_UNTRUSTED'],
      [{ code: 'CERT_HAS_EXPIRED' }, 'ENGINE_TLS_UNTRUSTED'],
    ] as const) {
      it(`translate ${JSON.stringify(cause)} to ${code}, with a cure`, () => {
        const error = engineError(Object.assign(new Error('x'), cause), 'unix:///docker.sock');
        assert.equal(error.code, code);
        assert.ok(error.retryable && error.cure !== undefined);
      });
    }
  });
});

async function collect(events: AsyncIterable<ContainerEvent>, heard: ContainerEvent[]): Promise<void> {
  for await (const event of events) heard.push(event);
}

async function withVariable<T>(name: string, value: string, work: () => Promise<T>): Promise<T> {
  process.env[name] = value;
  try {
    return await work();
  } finally {
    delete process.env[name];
  }
}

async function later(ms: number): Promise<string> {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return 'later';
}

/** An authority, a server for 127.0.0.1 and a client. */
function makeCertificates(directory: string): void {
  const run = (...args: string[]) => execFileSync(pathOf(OPENSSL), args, { cwd: directory, stdio: 'ignore' });
  const make = (name: string, extension: string, ...signed: string[]) =>
    run(
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
      ...['-subj', `/CN=${name}`, '-addext', extension, '-keyout', `${name}-key.pem`, '-out', `${name}.pem`],
      ...signed,
    );
  make('ca', 'keyUsage=critical,keyCertSign');
  make('server', 'subjectAltName=IP:127.0.0.1', '-CA', 'ca.pem', '-CAkey', 'ca-key.pem');
  make('client', 'extendedKeyUsage=clientAuth', '-CA', 'ca.pem', '-CAkey', 'ca-key.pem');
}
