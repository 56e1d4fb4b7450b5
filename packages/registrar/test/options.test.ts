import assert from 'node:assert/strict';
import { type Environment, OptionsError, parseOptions } from '@callsign/daemon';
import { formatDockerAddress } from '../src/engine/address.ts';
import { registrarOptions, settingsOf } from '../src/options.ts';

const RULES = { networks: [], health: 'healthy', drain: 0, hostAddress: undefined };

function parsed(argv: readonly string[], env: Environment = {}) {
  const { values } = parseOptions(registrarOptions('Web_1'), { argv, env, readFile: () => '' });
  const { docker, tls, beat, domain, rules } = settingsOf(values);
  return {
    ...values,
    domain,
    beat,
    rules,
    docker: formatDockerAddress(docker),
    overTls: 'tls' in docker && docker.tls,
    tls,
  };
}

describe('registrar options', () => {
  it('have defaults that work on one machine', () => {
    const { domain, environment, region, node, ttl, lease, beat, docker, plugins } = parsed([]);
    assert.deepEqual(
      { domain, environment, region, node, ttl, lease, beat, docker, plugins },
      {
        domain: 'docker.',
        environment: 'dev',
        region: 'default',
        node: 'web-1',
        ttl: 30,
        lease: 30,
        beat: 10,
        docker: 'unix:///var/run/docker.sock',
        plugins: ['labels', 'dnsdock', 'registrator', 'default'],
      },
    );
  });

  for (const [argv, env, expected] of [
    [['--domain', 'a.example', '--domain', 'b.example'], {}, { domain: 'a.example.' }],
    [['--environment', ''], {}, { environment: '' }],
    [['--environment=Production'], {}, { environment: 'production' }],
    [['--lease', '9'], {}, { lease: 9, beat: 3 }],
    [[], {}, { rules: RULES }],
    [['--publish-address', '::1'], {}, { rules: { ...RULES, hostAddress: '::1' } }],
    [
      ['--publish-address', '::1', '--host-address', '192.0.2.1'],
      {},
      { rules: { ...RULES, hostAddress: '192.0.2.1' } },
    ],
    [[], { CALLSIGN_NETWORK: 'a, b' }, { rules: { ...RULES, networks: ['a', 'b'] } }],
    [['--network', 'a, b', '--network', 'c'], {}, { rules: { ...RULES, networks: ['a', 'b', 'c'] } }],
    [['--health=ignore', '--drain=5'], {}, { rules: { ...RULES, health: 'ignore', drain: 5 } }],
    [['--lease', '2'], {}, { beat: 1 }],
    [['--lease', '60', '--beat', '5'], {}, { beat: 5 }],
    [['-s', '/docker.sock'], {}, { docker: 'unix:///docker.sock' }],
    [
      ['--docker', 'tcp://host'],
      { DOCKER_HOST: 'tcp://other:1' },
      { docker: 'tcp://host:2375', overTls: false },
    ],
    [[], { DOCKER_HOST: 'tcp://other:1' }, { docker: 'tcp://other:1' }],
    [[], { DOCKER_HOST: 'tcp://other:1', CALLSIGN_DOCKER: '/own.sock' }, { docker: 'unix:///own.sock' }],
    [['-s', 'tcp://host', '--tlsverify'], {}, { docker: 'tcp://host:2376', overTls: true }],
    [
      ['-s', 'tcp://host:1', '--tlscacert', '/ca'],
      {},
      { overTls: true, tls: { ca: '/ca', cert: undefined, key: undefined } },
    ],
    [
      ['-s', 'tcp://host'],
      { DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: '/certs' },
      { overTls: true, tls: { ca: '/certs/ca.pem', cert: '/certs/cert.pem', key: '/certs/key.pem' } },
    ],
    [['-s', 'tcp://host'], { DOCKER_CERT_PATH: '/certs' }, { overTls: false }],
    [['-s', '/docker.sock'], { DOCKER_TLS_VERIFY: '1' }, { docker: 'unix:///docker.sock' }],
  ] as const) {
    it(`read ${JSON.stringify(argv)} ${JSON.stringify(env)}`, () => {
      const found: Readonly<Record<string, unknown>> = parsed(argv, env);
      for (const [name, value] of Object.entries(expected)) assert.deepEqual(found[name], value);
    });
  }

  for (const [argv, problem] of [
    [['--docker', 'ssh://host'], /--docker: "ssh:\/\/host" is no address of a Docker Engine: use unix/],
    [['--node', '___'], /--node: .*leaves nothing/],
    [['--region', ''], /--region/],
    [['--ttl', '0'], /--ttl/],
    [['--domain', 'a..b'], /--domain: .*empty label/],
    [['--lease', '10', '--beat', '10'], /--beat: 10 is not shorter than --lease/],
  ] as const) {
    it(`refuse ${argv.join(' ')}`, () => {
      assert.throws(
        () => parsed(argv),
        (error) => error instanceof OptionsError && problem.test(error.message),
      );
    });
  }
});
