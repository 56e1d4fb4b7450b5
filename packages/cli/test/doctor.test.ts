import assert from 'node:assert/strict';
import type { Status } from '@callsign/nameserver';
import { type ClockFacts, judgeClocks } from '../src/doctor/clocks.ts';
import { judgeContainers, serversIn } from '../src/doctor/containers.ts';
import { judgeEngine } from '../src/doctor/engine.ts';
import type { Finding, State } from '../src/doctor/finding.ts';
import type { Probe } from '../src/doctor/http-probe.ts';
import { judgePort, type PortFacts } from '../src/doctor/port.ts';
import { judgeServer } from '../src/doctor/server.ts';
import { parseSockets } from '../src/doctor/sockets.ts';
import { judgeStore } from '../src/doctor/store.ts';
import { addressesOf, judgeUpstreams } from '../src/doctor/upstreams.ts';

type Case = readonly [what: string, found: Finding, state: State, said: RegExp, cure?: RegExp];

const silence = (code: string): Probe => ({ kind: 'silence', code });
const answer = (status: number, body = ''): Probe => ({ kind: 'answer', status, body });

function port(facts: Partial<PortFacts>): Finding {
  const at = { host: '', port: 53 };
  return judgePort({ at, served: false, refusal: undefined, holders: [], ...facts });
}

function taken(...programs: readonly string[]): Finding {
  return port({ refusal: 'EADDRINUSE', holders: programs.map((program, at) => ({ pid: at + 7, program })) });
}

const socket = { kind: 'socket', path: '/run/docker.sock' } as const;
const engine = (probed: Probe) => judgeEngine({ address: socket, answer: probed });

function etcd(...answers: readonly Probe[]): Finding {
  return judgeStore({
    kind: 'etcd',
    members: answers.map((each, at) => ({ at: `10.0.0.${at + 1}:2379`, answer: each })),
  });
}

const clock = (who: string, seconds: number): ClockFacts => ({
  who,
  theirs: 1e9 + seconds * 1_000,
  ours: 1e9,
});
const upstreams = (hosts: readonly string[], silent: readonly string[] = []) =>
  judgeUpstreams({
    ours: [{ host: '172.17.0.1', port: 53 }],
    upstreams: hosts.map((host) => ({ host, port: 53 })),
    silent: silent.map((host) => ({ host, port: 53 })),
    source: '/etc/resolv.conf',
  });
const containers = (...servers: readonly (readonly string[] | undefined)[]) =>
  judgeContainers(
    servers.map((each, at) => ({ name: `c${at + 1}`, servers: each })),
    ['172.17.0.1'],
  );
const STATUS = { version: '1.0.0', ready: true, records: 7, revision: 9 } as Status;

const CASES: readonly Case[] = [
  [
    'an Engine at an IPv6 address',
    judgeEngine({
      address: { kind: 'tcp', host: '::1', port: undefined, tls: false },
      answer: answer(200, 'OK'),
    }),
    'good',
    /at \[::1\]:2375$/,
  ],
  [
    'a nameserver that serves',
    judgeServer({ kind: 'status', status: STATUS }),
    'good',
    /serves 7 records at revision 9/,
  ],
  [
    'a nameserver that is not ready',
    judgeServer({
      kind: 'status',
      status: { ...STATUS, ready: false, unready: 'the store has not been read' },
    }),
    'wrong',
    /not ready: the store has not been read/,
  ],
  ['no nameserver', judgeServer({ kind: 'silence', why: 'no answer' }), 'odd', /no answer/, /callsign up/],
  ['a free port number', port({}), 'good', /nobody has it/],
  ['our own port number', port({ served: true, refusal: 'EADDRINUSE' }), 'good', /Callsign answers there/],
  [
    "systemd-resolved's",
    taken('systemd-resolve'),
    'wrong',
    /by systemd-resolve \(process 7\)/,
    /DNSStubListener=no/,
  ],
  [
    "somebody's",
    taken('named', 'dnsmasq'),
    'wrong',
    /by named \(process 7\) and dnsmasq \(process 8\)/,
    /systemctl status 7/,
  ],
  ["a container's", taken('docker-proxy'), 'odd', /a container has it/],
  ["nobody's that we may see", taken(), 'wrong', /taken/, /as root.*sport = :53/],
  [
    'a port number below 1024',
    port({ refusal: 'EACCES' }),
    'wrong',
    /may not listen/,
    /CAP_NET_BIND_SERVICE/,
  ],
  [
    'an address of another machine',
    port({ refusal: 'EADDRNOTAVAIL' }),
    'wrong',
    /no such address/,
    /docker0/,
  ],
  ['what nobody foresaw', port({ refusal: 'EWEIRD' }), 'wrong', /EWEIRD/],
  ['an Engine', engine(answer(200, 'OK')), 'good', /answers at \/run\/docker\.sock/],
  [
    'an Engine without rights',
    engine(silence('EACCES')),
    'wrong',
    /may not use \/run\/docker\.sock/,
    /usermod -aG docker.*--group-add/,
  ],
  ['no socket', engine(silence('ENOENT')), 'wrong', /there is no/, /Start Docker/],
  [
    'a socket that nobody listens at',
    engine(silence('ECONNREFUSED')),
    'wrong',
    /nobody answers/,
    /systemctl start docker/,
  ],
  ['a late Engine', engine(silence('ETIMEDOUT')), 'wrong', /ETIMEDOUT/, /--docker/],
  ['something else', engine(answer(404)), 'wrong', /answers 404/],
  [
    'an Engine with TLS',
    judgeEngine({ address: { kind: 'tcp', host: 'h', port: undefined, tls: true } }),
    'unknown',
    /TLS/,
  ],
  ['an embedded store', judgeStore({ kind: 'embedded', members: [] }), 'good', /embedded/],
  ['etcd', etcd(answer(200), answer(200)), 'good', /healthy: 10\.0\.0\.1:2379, 10\.0\.0\.2:2379/],
  [
    'a member away',
    etcd(answer(200), silence('ECONNREFUSED')),
    'odd',
    /not healthy: 10\.0\.0\.2:2379 \(ECONNREFUSED\)/,
    /most members/,
  ],
  [
    'etcd away',
    etcd(silence('ETIMEDOUT'), silence('ENOTFOUND')),
    'wrong',
    /nobody answers: .*ETIMEDOUT.*ENOTFOUND/,
    /firewall/,
  ],
  [
    'no quorum',
    etcd(answer(503, '{"health":"false"}'), silence('ECONNREFUSED')),
    'wrong',
    /no quorum: 10\.0\.0\.1:2379 \(503 \{"health":"false"\}\)/,
    /endpoint status/,
  ],
  [
    'a nameserver as store',
    judgeStore({ kind: 'http', members: [{ at: 'http://h', answer: answer(503, 'not read') }] }),
    'wrong',
    /not ready: http:\/\/h \(503 not read\)/,
    /doctor/,
  ],
  ['one time', judgeClocks([clock('a', 3), clock('b', -4)]), 'good', /a, b/],
  ['two times', judgeClocks([clock('a', 6), clock('b', 0)]), 'odd', /apart from a by 6 s/, /set-ntp/],
  ['another hour', judgeClocks([clock('a', -3_600)]), 'wrong', /a by 3600 s/, /set-ntp/],
  ['no other clock', judgeClocks([]), 'unknown', /nobody answered/],
  ['an upstream', upstreams(['9.9.9.9']), 'good', /9\.9\.9\.9:53, named by \/etc\/resolv\.conf/],
  [
    'ourselves among them',
    upstreams(['9.9.9.9', '172.17.0.1'], ['172.17.0.1']),
    'wrong',
    /^172\.17\.0\.1:53, named by .*circle/,
    /--nameserver IP/,
  ],
  [
    'one that is silent',
    upstreams(['9.9.9.9', '192.0.2.1'], ['192.0.2.1']),
    'odd',
    /^no answer here from 192\.0\.2\.1:53, named by \/etc\/resolv\.conf$/,
    /firewall.*--nameserver none/,
  ],
  ['no upstream', upstreams([]), 'odd', /names none/],
  ['containers that ask us', containers(['172.17.0.1'], ['9.9.9.9', '172.17.0.1']), 'good', /all 2/],
  [
    'one that does not',
    containers(['172.17.0.1'], ['9.9.9.9']),
    'odd',
    /1 of 2 ask 9\.9\.9\.9 .*: c2$/,
    /daemon\.json/,
  ],
  ['one that asks nobody', containers([]), 'odd', /ask nobody/, /daemon\.json/],
  [
    'many that do not',
    containers(...Array.from({ length: 7 }, () => ['9.9.9.9'])),
    'odd',
    /c5 and 2 more$/,
    /daemon\.json/,
  ],
  ['files that nobody may read', containers(undefined), 'unknown', /as root/],
  ['no container', containers(), 'good', /none runs/],
];

describe('the verdicts of callsign doctor', () => {
  for (const [what, { state, text, cure = '' }, expected, said, cured] of CASES) {
    it(`${what}: ${expected}`, () => {
      assert.equal(state, expected);
      assert.match(text, said);
      assert.match(cure, cured ?? /^$/);
    });
  }

  it('reads whom a container asks, behind Docker’s own resolver too', () => {
    assert.deepEqual(serversIn('search x\nnameserver 10.0.0.1\n nameserver fe80::1\n'), [
      '10.0.0.1',
      'fe80::1',
    ]);
    const behind = 'nameserver 127.0.0.11\n# ExtServers: [host(10.0.0.1) 10.0.0.2]\n';
    assert.deepEqual(serversIn(behind), ['10.0.0.1', '10.0.0.2']);
    assert.equal(serversIn('nameserver 127.0.0.11\n'), undefined);
  });

  it('reads the kernel’s table of sockets, and no connections', () => {
    const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 3500007F:0035 00000000:0000 0A 00000000:00000000 00:00000000 00000000   101        0 4711 1
   1: 0100007F:0035 0100007F:C350 01 00000000:00000000 00:00000000 00000000   101        0 4712 1
  2: 00000000000000000000000001000000:14E9 00000000000000000000000000000000:0000 07 0:0 0:0 0 0 0 4713 2`;
    assert.deepEqual(parseSockets(table), [
      { host: '127.0.0.53', port: 53, inode: '4711' },
      { host: '::1', port: 5353, inode: '4713' },
    ]);
  });

  it('takes every address of the machine for ours when we listen everywhere', () => {
    const hosts = addressesOf([{ host: '', port: 53 }]).map(({ host }) => host);
    assert.ok(hosts.includes('127.0.0.1'));
    assert.deepEqual(addressesOf([{ host: '10.9.9.9', port: 5 }]), [{ host: '10.9.9.9', port: 5 }]);
  });
});
