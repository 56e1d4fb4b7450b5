import assert from 'node:assert/strict';
import { silentLog } from '@callsign/daemon';
import { RCODE } from '@callsign/dns';
import { DnsCounters, ZoneResponder } from '@callsign/nameserver';
import dnsPacket from 'dns-packet';
import { exchange } from './support/answering.ts';

const IDENTITY = { version: 'callsign 1.2.3', server: 'node1' };

function question(name: string, type: 'TXT' | 'A', edns: boolean, className: 'CH' | 'HS' = 'CH'): Buffer {
  const questions = [{ name, type, class: className }];
  const opt = { type: 'OPT', name: '.', udpPayloadSize: 1232, flags: 0, options: [] } as const;
  return dnsPacket.encode({ type: 'query', id: 7, questions, ...(edns && { additionals: [opt as never] }) });
}

describe('the class CH', () => {
  for (const [name, type, told, expected] of [
    ['version.bind', 'TXT', IDENTITY, 'callsign 1.2.3'],
    ['VERSION.server', 'TXT', IDENTITY, 'callsign 1.2.3'],
    ['id.server', 'TXT', IDENTITY, 'node1'],
    ['hostname.bind', 'TXT', IDENTITY, 'node1'],
    ['hostname.bind', 'TXT', { ...IDENTITY, server: 'x'.repeat(300) }, 'x'.repeat(255)],
    ['version.bind', 'A', IDENTITY, undefined],
    ['web.docker', 'TXT', IDENTITY, undefined],
    ['version.bind', 'TXT', undefined, undefined],
  ] as const) {
    it(`${told === undefined ? 'hides' : 'tells'} ${name} ${type}: ${expected?.slice(0, 20) ?? 'REFUSED'}`, async () => {
      const identity = told === undefined ? {} : { identity: told };
      const responder = new ZoneResponder({
        log: silentLog,
        counters: new DnsCounters(),
        domains: ['docker.'],
        ...identity,
      });
      for (const edns of [false, true]) {
        const reply = dnsPacket.decode(await exchange(responder, question(name, type, edns), 'udp'));
        const [answer] = reply.answers ?? [];
        const text = answer?.type === 'TXT' ? String(answer.data) : undefined;
        assert.deepEqual([text, reply.additionals?.length], [expected, edns ? 1 : 0]);
        if (answer?.type === 'TXT') assert.deepEqual([answer.class, answer.ttl], ['CH', 0]);
        assert.equal(
          (reply as unknown as { rcode: string }).rcode,
          expected === undefined ? 'REFUSED' : 'NOERROR',
        );
      }
    });
  }

  it('is the only one besides IN: HS is refused', async () => {
    const counters = new DnsCounters();
    const responder = new ZoneResponder({
      log: silentLog,
      counters,
      domains: ['docker.'],
      identity: IDENTITY,
    });
    const reply = await exchange(responder, question('version.bind', 'TXT', false, 'HS'), 'udp');
    assert.equal((reply[3] as number) & 15, RCODE.REFUSED);
  });
});
