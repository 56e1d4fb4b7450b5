import assert from 'node:assert/strict';
import {
  checkService,
  decodeService,
  EMPTY_SERVICE,
  encodeService,
  hostKind,
  ServiceError,
} from '@callsign/catalog';

describe('service', () => {
  for (const [value, expected] of [
    ['{}', {}],
    ['{"host":"10.0.0.1","port":8080}', { host: '10.0.0.1', port: 8080 }],
    ['{"HOST":"10.0.0.1","Port":80}', { host: '10.0.0.1', port: 80 }],
    ['{"host":null,"port":null,"text":"x"}', { text: 'x' }],
    ['{"host":"a.b","unknown":{"a":1},"owner":"external-dns"}', { host: 'a.b' }],
    ['{"port":-1,"weight":65535,"ttl":2147483647}', { port: -1, weight: 65_535, ttl: 2 ** 31 - 1 }],
    ['{"__proto__":{"host":"evil"},"constructor":1}', {}],
  ] as const) {
    it(`reads ${value}`, () => assert.deepEqual(decodeService(value), { ...EMPTY_SERVICE, ...expected }));
  }

  for (const [value, field] of [
    ['', 'value'],
    ['{"host":', 'value'],
    ['[]', 'value'],
    ['null', 'value'],
    ['"text"', 'value'],
    ['{"port":"80"}', 'port'],
    ['{"port":70000}', 'port'],
    ['{"port":-2}', 'port'],
    ['{"port":1.5}', 'port'],
    ['{"priority":65536}', 'priority'],
    ['{"weight":-1}', 'weight'],
    ['{"ttl":2147483648}', 'ttl'],
    ['{"host":["10.0.0.1"]}', 'host'],
    ['{"host":"a..b"}', 'host'],
    ['{"host":"10.0.0.1 "}', 'host'],
    ['{"mail":"yes"}', 'mail'],
    ['{"callsign":[]}', 'callsign'],
  ] as const) {
    it(`refuses ${value}, naming ${field}`, () => {
      assert.throws(
        () => decodeService(value),
        (error) => error instanceof ServiceError && error.problems[0]?.field === field,
      );
    });
  }

  it('names every field that is wrong', () => {
    assert.throws(
      () => checkService({ host: 1, port: 'x', ttl: -1 }),
      (error) =>
        error instanceof ServiceError && error.problems.map(({ field }) => field).join() === 'host,port,ttl',
    );
  });

  it('writes only what differs from an empty message', () => {
    const service = decodeService('{"host":"10.0.0.1","port":0,"ttl":30,"callsign":{"owner":"node1"}}');
    assert.equal(encodeService(service), '{"host":"10.0.0.1","ttl":30,"callsign":{"owner":"node1"}}');
  });

  for (const [host, kind] of [
    ['', 'none'],
    ['127.0.0.1', 'ipv4'],
    ['::ffff:10.0.0.1', 'ipv4'],
    ['2000::3', 'ipv6'],
    ['2000..3', 'name'],
    ['127.0.0.257', 'name'],
    ['fe80::1%eth0', 'name'],
    ['example.org', 'name'],
  ] as const) {
    it(`takes the host "${host}" for ${kind}`, () => assert.equal(hostKind(host), kind));
  }
});
