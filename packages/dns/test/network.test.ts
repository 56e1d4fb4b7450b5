import assert from 'node:assert/strict';
import { Networks, networkText, parseNetwork } from '@callsign/dns';

describe('a network', () => {
  const cases = [
    { networks: ['10.0.0.0/8'], address: '10.255.0.1', match: 104 },
    { networks: ['10.0.0.0/8'], address: '11.0.0.1', match: -1 },
    { networks: ['10.0.0.0/8'], address: '::ffff:10.1.2.3', match: 104 },
    { networks: ['10.0.0.0/8', '10.1.0.0/16'], address: '10.1.2.3', match: 112 },
    { networks: ['192.0.2.128/25'], address: '192.0.2.127', match: -1 },
    { networks: ['192.0.2.128/25'], address: '192.0.2.128', match: 121 },
    { networks: ['192.0.2.1'], address: '192.0.2.1', match: 128 },
    { networks: ['0.0.0.0/0'], address: '2001:db8::1', match: -1 },
    { networks: ['::/0'], address: '203.0.113.1', match: 0 },
    { networks: ['fe80::/10'], address: 'fe80::1%eth0', match: 10 },
    { networks: ['2001:db8::/33'], address: '2001:db8:8000::1', match: -1 },
    { networks: [], address: '127.0.0.1', match: -1 },
    { networks: ['::/0'], address: 'nonsense', match: -1 },
  ];
  for (const { networks, address, match } of cases) {
    it(`${address} in [${networks.join(', ')}]: ${match} bits`, () => {
      const found = new Networks(networks.map(parseNetwork));
      assert.equal(found.longestMatch(address), match);
      assert.equal(found.has(address), match >= 0);
    });
  }

  for (const [text, written] of [
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['192.0.2.1', '192.0.2.1/32'],
    ['::1', '::1/128'],
    ['2001:DB8:0::/32', '2001:db8::/32'],
    ['::/0', '::/0'],
  ] as const) {
    it(`${text} is written ${written}`, () => assert.equal(networkText(parseNetwork(text)), written));
  }

  for (const text of ['', '10.0.0.0/33', '::/129', '10.0.0/8', 'example.org', '10.0.0.0/', '10.0.0.0/8/8']) {
    it(`"${text}" is refused`, () => {
      assert.throws(() => parseNetwork(text), /is no network, for example/);
    });
  }
});
