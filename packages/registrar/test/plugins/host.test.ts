import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createLog, silentLog } from '@callsign/daemon';
import { exec } from '../../../../test/support/exec.ts';
import { eventually } from '../../../../test/support/wait.ts';
import { type PluginContainer, pluginSubject } from '../../src/plugins/container.ts';
import { PluginError, type PluginFailure } from '../../src/plugins/errors.ts';
import { PluginHost, type PluginHostOptions } from '../../src/plugins/host.ts';
import { CONTAINER } from '../containers.ts';

const DEFAULTS = { ttl: 30, environment: 'dev', region: 'default', domain: 'docker' };
const LIMITS = { timeoutMs: 300, memoryMb: 16 };
const GOOD = "{ Service: 'redis', Instance: 'redis1', Host: '10.0.0.1', Port: 6379 }";

/** A plugin that does what a container's label tells it, and serves the containers that have none. */
const OBEDIENT = `function createService(container) {
  var body = container.Config.Labels.body;
  return body === undefined ? ${GOOD} : new Function(body)();
}`;

function telling(body: string): PluginContainer {
  return { ...CONTAINER, Config: { ...CONTAINER.Config, Labels: { body } } };
}

describe('plugin host with hostile plugins', () => {
  const host = new PluginHost({
    plugins: [{ name: 'test.js', code: OBEDIENT, shipped: false }],
    defaults: DEFAULTS,
    log: silentLog,
    limits: LIMITS,
  });

  before(() => host.start());
  after(() => host.close());

  const HOSTILE: readonly (readonly [string, string, readonly PluginFailure[], RegExp])[] = [
    ['throws', "throw new TypeError('no')", ['threw'], /threw TypeError: no \(.*:\d+:\d+\)/],
    ['throws a text', "throw 'plain'", ['threw'], /threw plain/],
    ['throws what cannot be shown', 'throw new Proxy({}, { get: null })', ['threw'], /threw/],
    ['throws an object that throws', 'throw { get stack() { throw 1 } }', ['threw'], /cannot be shown/],
    ['recurses without end', '(function f() { f(); })()', ['threw'], /call stack/],
    ['loops for ever', 'for (;;);', ['timeout'], /took too long/],
    ['loops in a getter', 'return { get Service() { for (;;); } }', ['timeout'], /too long/],
    [
      'backtracks for ever',
      "/^(a+)+$/.test('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!')",
      ['timeout'],
      /took too long|did not answer/,
    ],
    [
      'makes microtasks for ever',
      'var f = function () { return Promise.resolve().then(f); }; f(); return 1;',
      ['timeout', 'memory', 'nonsense'],
      /too long|answer|memory|number/,
    ],
    [
      'makes microtasks for ever without garbage',
      'var p = Promise.resolve(); var g = async () => { for (;;) await 0; }; g(); return 1;',
      ['timeout', 'memory'],
      /answer|too long|memory/,
    ],
    [
      'sorts at the memory limit',
      "var a = []; for (var i = 0; i < 1e5; i++) a.push('x' + i); for (;;) { a = a.concat(a); a.sort(); }",
      ['memory', 'timeout', 'died'],
      /memory|hold|answer|too long|ended/,
    ],
    [
      'sorts in native code, where no isolate can stop it',
      'var a = new Array(1e9); a[1e9 - 1] = 1; a.sort()',
      ['timeout', 'memory'],
      /did not answer within 800 ms|process hold more than 208 MB/,
    ],
    ['fills a string', "var s = 'x'; for (;;) s += s;", ['threw', 'memory'], /string length|memory/],
    ['fills an array', 'var a = []; for (;;) a.push({});', ['memory', 'timeout'], /memory|long|answer/],
    [
      'fills buffers',
      'var b = []; for (;;) b.push(new ArrayBuffer(1 << 20));',
      ['threw', 'memory', 'timeout'],
      /./,
    ],
    ['fills the console', "for (;;) console.log('x');", ['timeout'], /too long/],
    [
      'waits for ever',
      'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)',
      ['timeout', 'threw'],
      /./,
    ],
    ['returns a number', 'return 5', ['nonsense'], /returned a number where a service should be/],
    ['returns a text', "return 'redis'", ['nonsense'], /returned a string/],
    ['returns a function', 'return function () {}', ['nonsense'], /returned a function/],
    ['returns a symbol', 'return Symbol()', ['nonsense'], /returned a symbol/],
    ['returns a promise', `return Promise.resolve(${GOOD})`, ['nonsense'], /promise/],
    ['returns nothing useful', 'return {}', ['nonsense'], /without Service/],
    ['returns null in a list', 'return [null]', ['nonsense'], /returned null/],
    ['returns itself in a circle', 'var a = {}; a.Service = a; return a', ['nonsense'], /without Instance/],
    ['returns a list that holds itself', 'var a = []; a[0] = a; return a', ['nonsense'], /without Service/],
    ['returns 10 MB', "return { Service: 'x'.repeat(1e7) }", ['nonsense'], /Service is longer than 1024/],
    ['returns a long list', `return Array(1e6).fill(${GOOD})`, ['nonsense'], /more than 64/],
    ['returns a proxy that lies', 'return new Proxy({}, { get() { throw 7; } })', ['threw'], /threw 7/],
    [
      'hides everything in the prototype',
      "return { __proto__: null, ['__proto__']: 1 }",
      ['nonsense'],
      /without/,
    ],
    [
      'breaks what it finds',
      'JSON.parse = JSON.stringify = Array.isArray = String = Number = null; throw 1',
      ['threw'],
      /threw 1/,
    ],
    ['looks for Node', 'process.exit(1)', ['threw'], /process is not defined/],
    ['looks for require', "require('fs')", ['threw'], /require is not defined/],
    [
      'escapes through a constructor',
      "console.log.constructor('return process')().exit()",
      ['threw'],
      /process is not defined/,
    ],
  ];

  for (const [what, body, failures, message] of HOSTILE) {
    it(`survives one that ${what}`, async () => {
      await assert.rejects(host.run(pluginSubject(telling(body))), (error) => {
        assert.ok(error instanceof PluginError, String(error));
        assert.ok(failures.includes(error.failure), `${error.failure}: ${error.message}`);
        assert.match(error.message, message);
        assert.equal(error.plugin, 'test.js');
        return true;
      });
      assert.equal((await host.run(pluginSubject(CONTAINER)))?.drafts[0]?.service, 'redis');
    });
  }

  it('lets calls that wait behind a hanging one through', async () => {
    const calls = [CONTAINER, telling('for (;;);'), CONTAINER, CONTAINER].map((each) =>
      host.run(pluginSubject(each)),
    );
    const outcomes = await Promise.allSettled(calls);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
    );
  });
});

describe('plugin host', () => {
  const hosts: PluginHost[] = [];

  async function start(code: string, options: Partial<PluginHostOptions> = {}): Promise<PluginHost> {
    const host = new PluginHost({
      plugins: [{ name: 'test.js', code, shipped: false }],
      defaults: DEFAULTS,
      log: silentLog,
      limits: LIMITS,
      ...options,
    });
    hosts.push(host);
    await host.start();
    return host;
  }

  afterEach(() => Promise.all(hosts.splice(0).map((host) => host.close())));

  it('gives a call a second chance when its process is killed by somebody else', async () => {
    const host = await start(
      'function createService() { var end = Date.now() + 200; while (Date.now() < end); return ' +
        GOOD +
        '; }',
    );
    const pid = await host.pid();
    const call = host.run(pluginSubject(CONTAINER));
    process.kill(pid ?? 0, 'SIGKILL');
    assert.equal((await call)?.drafts[0]?.service, 'redis');
    assert.notEqual(await host.pid(), pid);
  });

  it('survives memory that is taken in native code, where no isolate counts it', async () => {
    const host = await start(OBEDIENT, { limits: { ...LIMITS, timeoutMs: 10_000 } });
    const body = 'new Uint8Array(new WebAssembly.Memory({ initial: 20000 }).buffer).fill(1)';
    await assert.rejects(host.run(pluginSubject(telling(body))), /made its process hold more than 208 MB/);
    assert.equal((await host.run(pluginSubject(CONTAINER)))?.drafts[0]?.service, 'redis');
  });

  it('starts its process anew when it is killed between calls', async () => {
    const host = await start(OBEDIENT);
    const pid = await host.pid();
    process.kill(pid ?? 0, 'SIGKILL');
    await eventually(async () => assert.notEqual(await host.pid(), pid));
    assert.equal((await host.run(pluginSubject(CONTAINER)))?.drafts[0]?.service, 'redis');
  });

  for (const [what, code, message] of [
    ['does not parse', 'function createService(', /test\.js cannot be loaded: .*(Unexpected|missing)/],
    ['has no createService', 'var x = 1;', /it has no function createService/],
    ['throws at its top level', 'throw new Error("early")', /cannot be loaded: early/],
    ['uses what is not there', 'var all = memory;', /cannot be loaded: memory is not defined/],
    ['speaks of time itself', 'throw new Error("it timed out")', /cannot be loaded: it timed out/],
    [
      'takes too much',
      'for (var all = []; ; ) all.push(new Array(1e5).fill(0.5));',
      /more memory than it may/,
    ],
    ['hangs at its top level', 'for (;;);', /cannot be loaded: took too long/],
  ] as const) {
    it(`refuses a script that ${what}`, async () => {
      await assert.rejects(
        start(code),
        (error) => error instanceof PluginError && message.test(error.message),
      );
    });
  }

  it('tells where in the plugin it went wrong', async () => {
    const host = await start('function createService(container) {\n  return container.Missing.field;\n}');
    await assert.rejects(
      host.run(pluginSubject(CONTAINER)),
      /plugin test\.js threw TypeError: .* \(.*test\.js:2:\d+\)/,
    );
  });

  it('asks the plugins in order and takes the first that answers', async () => {
    const plugins = [
      {
        name: '1.js',
        shipped: false,
        code: "function createService(c) { if (c.Name === '/none') return null; return undefined; }",
      },
      {
        name: '2.js',
        shipped: false,
        code: `const createService = (c) => c.Name === '/none' ? null : [${GOOD}, ${GOOD}]`,
      },
    ];
    const host = await start('', { plugins });
    assert.equal(await host.run(pluginSubject({ ...CONTAINER, Name: '/none' })), undefined);
    const result = await host.run(pluginSubject(CONTAINER));
    assert.equal(result?.plugin, '2.js');
    assert.equal(result?.drafts.length, 2);
  });

  it('knows whose call it was among many at once, and which of the plugins', async () => {
    const passing = 'function createService() { return null; }';
    const plugins = [
      { name: '1.js', shipped: false, code: passing },
      { name: '2.js', shipped: false, code: OBEDIENT },
    ];
    const host = await start('', { plugins });
    const bodies = [
      "return { Service: 'a', Instance: 'i', Host: 'h' }",
      'var a = new Array(1e9); a[1e9 - 1] = 1; a.sort()',
      'throw 1',
      'for (;;);',
      'return null',
      "return { Service: 'b', Instance: 'i', Host: 'h' }",
    ];
    const outcomes = await Promise.allSettled(bodies.map((body) => host.run(pluginSubject(telling(body)))));
    const found = outcomes.map((each) => {
      if (each.status === 'fulfilled') return each.value?.drafts[0]?.service;
      return `${each.reason.plugin} ${each.reason.failure === 'memory' ? 'timeout' : each.reason.failure}`;
    });
    assert.deepEqual(found, ['a', '2.js timeout', '2.js threw', '2.js timeout', undefined, 'b']);
  });

  it('does not ask a plugin about containers that have nothing of what it looks for', async () => {
    const counting = `var n = 0; function createService() { n++; return { Service: 's', Instance: n, Host: 'h' }; }
      createService.onlyWith = ['acme.', 'ACME_'];`;
    const host = await start(counting);
    const asked = (labels: Record<string, string>, env: string[]) =>
      host.run(pluginSubject({ ...CONTAINER, Config: { ...CONTAINER.Config, Labels: labels, Env: env } }));
    assert.equal(await asked({}, []), undefined);
    assert.equal((await asked({ 'acme.x': '' }, []))?.drafts[0]?.instance, '1');
    assert.equal((await asked({}, ['ACME_X=1']))?.drafts[0]?.instance, '2');
    const together = await Promise.all([asked({}, []), asked({ 'acme.x': '' }, []), asked({}, [])]);
    assert.deepEqual(
      together.map((result) => result?.drafts[0]?.instance),
      [undefined, '3', undefined],
    );
  });

  it('asks about a Swarm’s service only who says that it names those', async () => {
    const code = `function createService(c) { return { Service: c.Kind, Instance: 'i', Host: 'h' }; }`;
    const service = { ...CONTAINER, Kind: 'service' } as const;
    const usual = await start(code);
    assert.equal(await usual.run(pluginSubject(service)), undefined);
    assert.equal((await usual.run(pluginSubject(CONTAINER)))?.drafts[0]?.service, 'container');
    const willing = await start(`${code} createService.services = true;`);
    assert.equal((await willing.run(pluginSubject(service)))?.drafts[0]?.service, 'service');
    assert.equal((await willing.run(pluginSubject(CONTAINER)))?.drafts[0]?.service, 'container');
  });

  it('takes no label for the mark of a service', async () => {
    const host = await start(`function createService() { return ${GOOD}; }`);
    const Labels = { Kind: 'service', '{"Kind":"service"': '{"Kind":"service"' };
    const found = await host.run(pluginSubject({ ...CONTAINER, Config: { ...CONTAINER.Config, Labels } }));
    assert.equal(found?.drafts[0]?.service, 'redis');
  });

  for (const value of ['7', '[7]', '{ get length() { for (;;); } }', '{ toJSON() { throw 1; } }', '"x"']) {
    it(`is not harmed by what it cannot read of that: ${value}`, async () => {
      const code = `function createService() { return ${GOOD}; } createService.onlyWith = ${value};`;
      const started = start(code).then((host) => host.run(pluginSubject(CONTAINER)));
      const [outcome] = await Promise.allSettled([started]);
      if (outcome.status === 'fulfilled') assert.equal(outcome.value?.drafts[0]?.service, 'redis');
      else assert.ok(outcome.reason instanceof PluginError, String(outcome.reason));
    });
  }

  it('keeps the runtime between calls, as skydock did, and a container’s changes out of it', async () => {
    const host = await start(
      `var n = 0; function createService(c) { n++; c.Name += n; c.Config.Env.push('x'); c.New = 1;
        return { Service: 's', Instance: c.Name + c.Config.Env.length, Host: '10.0.0.1' }; }`,
    );
    assert.equal((await host.run(pluginSubject(CONTAINER)))?.drafts[0]?.instance, '/redis112');
    assert.equal((await host.run(pluginSubject(CONTAINER)))?.drafts[0]?.instance, '/redis122');
  });

  it('writes the console to the debug log, within bounds', async () => {
    const lines: string[] = [];
    const log = createLog({ level: 'debug', format: 'json', write: (line) => lines.push(line) });
    const host = await start(
      `function createService() { console.log('a', 1, {b: [2]}); for (var i = 0; i < 99; i++) console.warn('x'.repeat(9999));
        return ${GOOD}; }`,
      { log },
    );
    await host.run(pluginSubject(CONTAINER));
    assert.equal(lines.length, 20);
    assert.match(lines[0] ?? '', /"line":"a 1 {\\"b\\":\[2\]}"/);
    assert.ok((lines[1] ?? '').length < 800);
  });

  it('takes no names from a container for a line that its plugin’s console cannot show', async () => {
    const said: string[] = [];
    const host = await start(
      `function createService() {
        const own = {}; own.self = own;
        console.log('own:', own, 1n, { big: 1n });
        return ${GOOD}; }`,
      { onConsole: ({ line }) => said.push(line) },
    );
    assert.equal((await host.run(pluginSubject(CONTAINER)))?.drafts.length, 1);
    assert.deepEqual(said, ['own: something that cannot be shown 1 something that cannot be shown']);
  });

  it('asks a plugin that has gathered too much by and by again, without what it has gathered', async () => {
    const host = await start(
      `var all = []; function createService() {
        all.push(new Array(1000000).fill(0.5));
        return ${GOOD}; }`,
      { limits: { timeoutMs: 20_000, memoryMb: 32 } },
    );
    for (let calls = 0; calls < 8; calls += 1)
      assert.equal((await host.run(pluginSubject(CONTAINER)))?.drafts.length, 1);
  });

  it('keeps its process out of our process group, so that Ctrl-C ends it only through us', async () => {
    const host = await start(OBEDIENT);
    const pid = await host.pid();
    const [, , group] = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /, '').split(' ');
    assert.equal(group, String(pid));
  });

  it('hurts nobody while no file descriptor is left to start a process with, and starts once there are', async () => {
    const code = `
      import { closeSync, openSync } from 'node:fs';
      import { silentLog } from '@callsign/daemon';
      import { PluginHost } from '${new URL('../../src/plugins/host.ts', import.meta.url)}';
      const plugins = [{ name: 'a.js', code: 'function createService() {}', shipped: false }];
      const host = new PluginHost({ plugins, defaults: ${JSON.stringify(DEFAULTS)}, log: silentLog });
      const open = [];
      try { for (;;) open.push(openSync('/dev/null')); } catch {}
      const refused = await host.start().catch(({ failure, message }) => failure + ': ' + message);
      for (const each of open) closeSync(each);
      await host.start();
      await host.close();
      console.log(refused);`;
    const node = [process.execPath, '--conditions=callsign-source', '--input-type=module', '--eval', code];
    const said = await exec('sh', ['-c', 'ulimit -n 64; exec "$@"', 'sh', ...node]);
    assert.match(said, /^unloadable: .*EMFILE/);
  });

  it('ends its process when closed, twice as well, and answers no more', async () => {
    const host = await start(OBEDIENT);
    const pid = (await host.pid()) ?? 0;
    await host.close();
    await host.close();
    await eventually(() => assert.throws(() => process.kill(pid, 0)));
    await assert.rejects(host.run(pluginSubject(CONTAINER)), /closed/);
  });
});
