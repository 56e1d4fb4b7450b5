import assert from 'node:assert/strict';
import { published } from '../../src/reconcile/published.ts';
import { snapshot } from '../containers.ts';
import { draft } from '../drafts.ts';

const OWN = '172.17.0.4';
const FIXED = '198.51.100.7';

/** What `docker run --publish` leaves in an inspect document. */
const bound = (...bindings: readonly string[]) =>
  bindings.map((each) => {
    const [HostIp = '', HostPort = ''] = each.split('|');
    return { HostIp, HostPort };
  });

describe('published ports', () => {
  for (const [what, ports, address, expected] of [
    ['every address', { '80/tcp': bound('0.0.0.0|8080', '::|8081') }, '192.0.2.1', '192.0.2.1 8080'],
    [
      'every address, for an IPv6 host',
      { '80/tcp': bound('0.0.0.0|8080', '::|8081') },
      '2001:db8::1',
      '2001:db8::1 8081',
    ],
    ['every address, as Podman spells it', { '80/tcp': bound('|8080') }, '2001:db8::1', '2001:db8::1 8080'],
    ['one address', { '80/tcp': bound(`${FIXED}|8080`) }, '192.0.2.1', `${FIXED} 8080`],
    ['one and every address', { '80/tcp': bound(`${FIXED}|1`, '0.0.0.0|2') }, '192.0.2.1', '192.0.2.1 2'],
    ['UDP', { '80/tcp': null, '80/udp': bound('0.0.0.0|5353') }, '192.0.2.1', '192.0.2.1 5353'],
    ['another port alone', { '80/tcp': null, '81/tcp': bound('0.0.0.0|8081') }, '192.0.2.1', undefined],
    ['the host’s loopback alone', { '80/tcp': bound('127.0.0.1|8080', '::1|8080') }, '192.0.2.1', undefined],
    ['every IPv6 address alone, for an IPv4 host', { '80/tcp': bound('::|8080') }, '192.0.2.1', undefined],
    ['nothing', {}, '192.0.2.1', undefined],
  ] as const) {
    it(`of a port that is published at ${what}`, () => {
      const container = snapshot({ NetworkSettings: { IPAddress: OWN, Ports: ports } });
      const found = published(draft({ host: OWN, port: 80 }), container, address);
      assert.equal(found && `${found.host} ${found.port}`, expected);
    });
  }

  it('say nothing of a service that is elsewhere', () => {
    const elsewhere = draft({ host: '10.9.9.9', port: 80 });
    assert.equal(published(elsewhere, snapshot(), '192.0.2.1'), elsewhere);
  });

  it('say nothing of a container on the host’s network', () => {
    const container = {
      ...snapshot({ HostConfig: { NetworkMode: 'host' } }),
      address: { ip: '192.0.2.9', ipv6: '', network: 'host' },
    };
    const there = draft({ host: '192.0.2.9', port: 80 });
    assert.equal(published(there, container, '192.0.2.1'), there);
  });
});
