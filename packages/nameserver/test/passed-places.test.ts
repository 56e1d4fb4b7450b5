import assert from 'node:assert/strict';
import type { PassedSocket } from '@callsign/dns';
import { placesOf } from '@callsign/nameserver';

const passed = (fd: number, name: string, type: PassedSocket['type'], host = '::', port = 53) => ({
  fd,
  name,
  type,
  address: { host, port },
});

describe('sockets that were bound before us', () => {
  it('take the place of nothing when there are none', () => {
    assert.deepEqual(placesOf([]), { places: {}, faults: [] });
  });

  it('serve DNS by two at each address', () => {
    const bridge = '172.17.0.1';
    const sockets = [
      passed(3, 'dns', 'datagram'),
      passed(4, 'dns', 'stream'),
      passed(5, 'dns', 'stream', bridge),
      passed(6, 'dns', 'datagram', bridge),
    ];
    assert.deepEqual(placesOf(sockets), {
      places: {
        dns: [
          { host: '::', port: 53, passed: { udp: 3, tcp: 4 } },
          { host: bridge, port: 53, passed: { udp: 6, tcp: 5 } },
        ],
      },
      faults: [],
    });
  });

  it('serve what else takes connections by one, or by several', () => {
    const sockets = [
      passed(3, 'http', 'stream', '::', 80),
      passed(4, 'dot', 'stream', '::', 853),
      passed(5, 'doh', 'stream', '::', 443),
      passed(6, 'http', 'stream', '::', 8080),
    ];
    assert.deepEqual(placesOf(sockets).places, {
      dot: [{ host: '::', port: 853, fd: 4 }],
      doh: [{ host: '::', port: 443, fd: 5 }],
      http: [
        { host: '::', port: 80, fd: 3 },
        { host: '::', port: 8080, fd: 6 },
      ],
    });
  });

  for (const [what, sockets, faults] of [
    [
      'a name that means nothing',
      [passed(3, 'dsn', 'stream')],
      ['"dsn" (3): FileDescriptorName= has to be one of dns, dot, doh, http'],
    ],
    [
      'DNS over one transport alone',
      [passed(3, 'dns', 'datagram')],
      ['"dns" at [::]:53 has to be one ListenDatagram= and one ListenStream='],
    ],
    [
      'two sockets of one kind for one address',
      [passed(3, 'dns', 'datagram'), passed(4, 'dns', 'datagram'), passed(5, 'dns', 'stream')],
      ['"dns" at [::]:53 has to be one ListenDatagram= and one ListenStream='],
    ],
    [
      'datagrams for what takes connections',
      [passed(3, 'http', 'datagram')],
      ['"http" (3) takes connections: ListenStream= instead of ListenDatagram='],
    ],
  ] as const) {
    it(`are refused for ${what}`, () => assert.deepEqual(placesOf(sockets).faults, faults));
  }
});
