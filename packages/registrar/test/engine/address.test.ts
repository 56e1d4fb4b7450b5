import assert from 'node:assert/strict';
import { formatDockerAddress, parseDockerAddress } from '../../src/engine/address.ts';
import { readCases } from '../skydock-cases.ts';

describe('docker address', () => {
  for (const [text, formatted] of [
    ['/var/run/docker.sock', 'unix:///var/run/docker.sock'],
    ['unix:///run/user/1000/docker.sock', 'unix:///run/user/1000/docker.sock'],
    ['tcp://10.0.0.1:4243', 'tcp://10.0.0.1:4243'],
    ['tcp://10.0.0.1:4243/', 'tcp://10.0.0.1:4243'],
    ['tcp://docker.example', 'tcp://docker.example:2375'],
    ['https://docker.example', 'tcp://docker.example:2376'],
    ['tcp://[::1]:2375', 'tcp://[::1]:2375'],
    ['docker.example:2375', 'tcp://docker.example:2375'],
  ] as const) {
    it(`reads ${text} as ${formatted}`, () => {
      assert.equal(formatDockerAddress(parseDockerAddress(text)), formatted);
    });
  }

  for (const text of [
    '',
    'unix://',
    'unix://docker.sock',
    'ssh://me@host',
    'npipe:////./pipe/docker',
    'fd://',
    'tcp://',
    'tcp://:2375',
    'tcp://host:99999',
    'tcp://host:1/path',
    'tcp://ho st',
    'var/run/docker.sock',
  ]) {
    it(`refuses "${text}" and says what would be right`, () => {
      assert.throws(
        () => parseDockerAddress(text),
        /is no address of a Docker Engine: use unix:\/\/\/var\/run\/docker\.sock/,
      );
    });
  }

  for (const { input, proto, path } of readCases().utils.split_uri) {
    it(`reads ${input} as skydock did`, () => {
      const address = parseDockerAddress(input);
      const found =
        address.kind === 'socket' ? ['unix', address.path] : ['tcp', `${address.host}:${address.port}`];
      assert.deepEqual(found, [proto, path]);
    });
  }
});
