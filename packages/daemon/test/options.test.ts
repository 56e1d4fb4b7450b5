import assert from 'node:assert/strict';
import {
  formatSocketAddress,
  helpLines,
  list,
  OptionsError,
  option,
  optional,
  parseOptions,
  socketAddress,
  toggle,
  wholeNumber,
} from '@callsign/daemon';

const TABLE = {
  ttl: option({
    flag: 'ttl',
    value: 'SECONDS',
    fallback: '30',
    text: 'time to live',
    parse: wholeNumber(0, 100),
  }),
  domain: list({ flag: 'domain', value: 'NAME', fallback: ['docker'], text: 'a zone', parse: String }),
  docker: optional({
    flag: 'docker',
    short: 's',
    value: 'SOCKET',
    env: ['DOCKER_HOST'],
    text: 'the Engine',
    parse: String,
  }),
  explicit: toggle({ flag: 'explicit', text: 'opt in' }),
  apply: toggle({ flag: 'apply', text: 'write it', once: true }),
};

const NO_FILE = (path: string): string => {
  throw new Error(`no file ${path}`);
};

function parse(argv: readonly string[], env: Record<string, string> = {}, readFile = NO_FILE) {
  return parseOptions(TABLE, { argv, env, readFile }).values;
}

describe('options', () => {
  for (const [argv, env, expected] of [
    [[], {}, { ttl: 30, domain: ['docker'], docker: undefined, explicit: false }],
    [['--ttl', '5'], { CALLSIGN_TTL: '6' }, { ttl: 5 }],
    [['--ttl=5'], {}, { ttl: 5 }],
    [['--ttl', '5', '--ttl', '7'], {}, { ttl: 7 }],
    [[], { CALLSIGN_TTL: '6' }, { ttl: 6 }],
    [['--domain', 'a', '--domain', 'b'], {}, { domain: ['a', 'b'] }],
    [[], { CALLSIGN_DOMAIN: 'a, b' }, { domain: ['a', 'b'] }],
    [['-s', '/x'], {}, { docker: '/x' }],
    [[], { DOCKER_HOST: 'tcp://h:1' }, { docker: 'tcp://h:1' }],
    [[], { DOCKER_HOST: 'tcp://h:1', CALLSIGN_DOCKER: '/x' }, { docker: '/x' }],
    [[], { DOCKER_HOST: '' }, { docker: undefined }],
    [[], { CALLSIGN_DOCKER: '' }, { docker: '' }],
    [['--explicit'], {}, { explicit: true }],
    [[], { CALLSIGN_EXPLICIT: 'no' }, { explicit: false }],
    [['--apply'], {}, { apply: true }],
    [[], { CALLSIGN_APPLY: 'yes' }, { apply: false }],
  ] as const) {
    it(`reads ${JSON.stringify(argv)} with ${JSON.stringify(env)}`, () => {
      const values = parse(argv, env as Record<string, string>);
      for (const [name, value] of Object.entries(expected))
        assert.deepEqual(values[name as keyof typeof values], value);
    });
  }

  it('reads a value from the file that a variable names', () => {
    assert.equal(parse([], { CALLSIGN_DOCKER_FILE: '/run/secret' }, () => 'tcp://h:2\n').docker, 'tcp://h:2');
  });

  it('reports every problem at once', () => {
    assert.throws(
      () => parse(['--ttl', 'soon', '--colour', '--docker'], { CALLSIGN_EXPLICIT: 'perhaps' }),
      (error) => error instanceof OptionsError && error.problems.length === 4,
    );
  });

  it('helps with a spelling that is nearly right', () => {
    assert.throws(() => parse(['--dom', 'x']), /--dom: unknown option; did you mean --domain\?/);
    assert.throws(() => parse(['--domian', 'x']), /--domian: unknown option; did you mean --domain\?/);
    assert.throws(() => parse(['--verbose']), /--verbose: unknown option$/m);
  });

  for (const [env, said] of [
    [{ CALLSIGN_TTL: 'x' }, /^CALLSIGN_TTL: "x" is not a whole number/],
    [{ CALLSIGN_TTL_FILE: '/none' }, /^CALLSIGN_TTL_FILE: no file \/none/],
    [{ CALLSIGN_EXPLICIT: 'perhaps' }, /^CALLSIGN_EXPLICIT: "perhaps" is neither true nor false/],
  ] as const) {
    it(`names the variable that is wrong: ${JSON.stringify(env)}`, () => {
      assert.throws(() => parse([], env), { message: said });
    });
  }

  it('names the option that is wrong, whatever its variable says', () => {
    assert.throws(() => parse(['--ttl', 'x'], { CALLSIGN_TTL: '5' }), {
      message: /^--ttl: "x" is not a whole number/,
    });
  });

  it('shows every option with its default', () => {
    const help = helpLines(TABLE).join('\n');
    for (const text of ['--ttl SECONDS', '[30]', '-s, --docker SOCKET', '--explicit'])
      assert.ok(help.includes(text), text);
  });
});

describe('socket address', () => {
  for (const [text, expected] of [
    ['127.0.0.1:53', { host: '127.0.0.1', port: 53 }],
    [':53', { host: '', port: 53 }],
    ['[::1]:5353', { host: '::1', port: 5353 }],
    ['[fe80::1%eth0.7]:53', { host: 'fe80::1%eth0.7', port: 53 }],
    ['localhost:0', { host: 'localhost', port: 0 }],
  ] as const) {
    it(`reads ${text}`, () => {
      assert.deepEqual(socketAddress()(text), expected);
      assert.equal(formatSocketAddress(expected), text);
    });
  }
  for (const [text, expected] of [
    ['10.0.0.1', { host: '10.0.0.1', port: 53 }],
    ['fd00::1', { host: 'fd00::1', port: 53 }],
    ['fe80::1%eth0', { host: 'fe80::1%eth0', port: 53 }],
    ['[fd00::1]:54', { host: 'fd00::1', port: 54 }],
  ] as const) {
    it(`reads ${text} where 53 is understood`, () => assert.deepEqual(socketAddress(53)(text), expected));
  }
  for (const text of [
    '',
    '53',
    '127.0.0.1',
    '127.0.0.1:65536',
    '[::1]',
    'a:b:c',
    '127.0.0.1:x',
    '[::1%]:53',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () =>
      assert.throws(() => socketAddress()(text), /not ADDRESS:PORT/));
  }
});
