import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { silentLog, systemClock } from '@callsign/daemon';
import { eventually } from '../../../test/support/wait.ts';
import { DnstapEncoder, MESSAGE_TYPE, type TapMessage } from '../src/tap/dnstap.ts';
import { READY, readControlFrame, START, STOP } from '../src/tap/frames.ts';
import { ProtobufWriter } from '../src/tap/protobuf.ts';
import { formatTapAddress, parseTapAddress } from '../src/tap/tap-address.ts';
import { TapStream } from '../src/tap/tap-stream.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const TYPE_FIELD = '00000001 00000016 70726f746f6275663a646e737461702e446e73746170';
const ACCEPT = hex(`00000000 00000022 00000001 ${TYPE_FIELD}`);

describe('protobuf', () => {
  for (const [value, bytes] of [
    [0, '08 00'],
    [127, '08 7f'],
    [128, '08 80 01'],
    [300, '08 ac 02'],
    [2 ** 32, '08 80 80 80 80 10'],
    [Number.MAX_SAFE_INTEGER, '08 ff ff ff ff ff ff ff 0f'],
  ] as const) {
    it(`writes ${value} as ${bytes}`, () =>
      assert.deepEqual(
        written((to) => to.varint(1, value)),
        hex(bytes),
      ));
  }

  it('writes bytes behind their length, and 32 bits with the lowest first', () => {
    assert.deepEqual(
      written((to) => to.bytes(16, hex('0a0b'))),
      hex('82 01 02 0a 0b'),
    );
    assert.deepEqual(
      written((to) => to.fixed32(9, 1)),
      hex('4d 01 00 00 00'),
    );
  });

  function written(write: (to: ProtobufWriter) => void): Buffer {
    const writer = new ProtobufWriter(100);
    writer.begin();
    write(writer);
    return writer.message;
  }
});

describe('dnstap', () => {
  const encoder = new DnstapEncoder({ server: 'ns1', version: 'v' });
  const query: TapMessage = {
    type: MESSAGE_TYPE.CLIENT_QUERY,
    transport: 'udp',
    address: '192.0.2.1',
    port: 5_353,
    queryTime: 1_500.25,
    bytes: hex('abcd'),
  };
  const head = '0a 03 6e7331 12 01 76 72';
  const tail = '78 01';

  for (const [what, message, bytes] of [
    ['a query', {}, '1a 0805 1801 1001 2204c0000201 30e929 4001 4d9035d11d 5202abcd'],
    [
      'a client without port number',
      { port: undefined },
      '17 0805 1801 1001 2204c0000201 4001 4d9035d11d 5202abcd',
    ],
    [
      'an IPv4 client of a socket for both',
      { address: '::ffff:192.0.2.1', port: undefined },
      '17 0805 1801 1001 2204c0000201 4001 4d9035d11d 5202abcd',
    ],
    [
      'what was asked',
      { own: { host: '192.0.2.53', port: 53 } },
      '22 0805 1801 1001 2204c0000201 2a04c0000235 30e929 3835 4001 4d9035d11d 5202abcd',
    ],
    [
      'a link-local client, over TLS',
      { address: 'fe80::1%eth0', port: undefined, transport: 'tls' },
      '23 0805 1803 1002 2210fe800000000000000000000000000001 4001 4d9035d11d 5202abcd',
    ],
    [
      'a response',
      { type: MESSAGE_TYPE.CLIENT_RESPONSE, port: undefined, responseTime: 2_000 },
      '1e 0806 1801 1001 2204c0000201 4001 4d9035d11d 6002 6d00000000 7202abcd',
    ],
    [
      'a question to an upstream',
      { type: MESSAGE_TYPE.FORWARDER_QUERY, port: 53 },
      '19 0807 1801 1001 2a04c0000201 3835 4001 4d9035d11d 5202abcd',
    ],
  ] as const) {
    it(`encodes ${what}`, () => {
      assert.equal(
        encoder.encode({ ...query, ...message }).toString('hex'),
        hex(`${head}${bytes}${tail}`).toString('hex'),
      );
    });
  }

  it('has room for the largest message', () => {
    const bytes = Buffer.alloc(65_535, 1);
    assert.ok(encoder.encode({ ...query, address: '2001:db8::1', bytes }).includes(bytes));
  });
});

describe('Frame Streams', () => {
  it('begin and end as they should', () => {
    assert.deepEqual(READY, hex(`00000000 00000022 00000004 ${TYPE_FIELD}`));
    assert.deepEqual(START, hex(`00000000 00000022 00000002 ${TYPE_FIELD}`));
    assert.deepEqual(STOP, hex('00000000 00000004 00000003'));
  });

  for (const [what, received, expected] of [
    ['what takes dnstap', ACCEPT, { frame: { type: 1, takesDnstap: true }, length: 42 }],
    [
      'what takes anything',
      hex('00000000 00000004 00000005'),
      { frame: { type: 5, takesDnstap: true }, length: 12 },
    ],
    [
      'what takes something else',
      hex('00000000 0000000d 00000001 00000001 00000001 78'),
      { frame: { type: 1, takesDnstap: false }, length: 21 },
    ],
    ['half a frame', ACCEPT.subarray(0, 20), undefined],
    ['half a head', ACCEPT.subarray(0, 7), undefined],
  ] as const) {
    it(`reads ${what}`, () => assert.deepEqual(readControlFrame(received), expected));
  }

  for (const [what, received] of [
    ['a data frame', '00000001 00000004 00000001'],
    ['a frame without a type', '00000000 00000000 00000001'],
    ['a frame that is too long', '00000000 00000201 00000001'],
    ['a field that is longer than its frame', '00000000 0000000d 00000001 00000001 00000002 78'],
    ['a field of another kind', '00000000 0000000d 00000001 00000002 00000001 78'],
  ] as const) {
    it(`refuses ${what}`, () => assert.throws(() => readControlFrame(hex(received)), /control frame/));
  }
});

describe('the address of a reader', () => {
  for (const [text, address] of [
    ['unix:/run/tap.sock', { kind: 'unix', path: '/run/tap.sock' }],
    ['unix:///run/tap.sock', { kind: 'unix', path: '/run/tap.sock' }],
    ['tcp://127.0.0.1:6000', { kind: 'tcp', host: '127.0.0.1', port: 6_000 }],
    ['tcp://[::1]:6000', { kind: 'tcp', host: '::1', port: 6_000 }],
    ['tcp://reader.example:6000', { kind: 'tcp', host: 'reader.example', port: 6_000 }],
  ] as const) {
    it(`may be ${text}`, () => {
      assert.deepEqual(parseTapAddress(text), address);
      assert.deepEqual(parseTapAddress(formatTapAddress(address)), address);
    });
  }

  for (const text of [
    '',
    '/run/tap.sock',
    'unix:tap.sock',
    'tcp://6000',
    'tcp://:6000',
    'udp://127.0.0.1:6000',
  ]) {
    it(`may not be "${text}"`, () => assert.throws(() => parseTapAddress(text)));
  }
});

describe('a stream of payloads', () => {
  it('drops and counts what there is no room for, and waits for nobody', async () => {
    const stream = new TapStream({
      at: { kind: 'unix', path: '/nowhere.sock' },
      log: silentLog,
      clock: systemClock,
      most: 20,
    });
    await stream.start();
    for (const _ of [1, 2, 3]) stream.write(Buffer.alloc(8));
    assert.deepEqual([stream.sent, stream.dropped], [0, 2]);
    await stream.close();
  });

  for (const [what, says] of [
    ['speaks another protocol', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['takes something else', hex('00000000 0000000d 00000001 00000001 00000001 78')],
  ] as const) {
    it(`leaves a reader that ${what}, and tries again`, async () => {
      const sockets: Socket[] = [];
      const server = createServer((socket) => {
        sockets.push(socket);
        // Read to its end, which is what closes it.
        socket
          .on('error', () => undefined)
          .resume()
          .end(says);
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const stream = new TapStream({
        at: { kind: 'tcp', host: '127.0.0.1', port },
        log: silentLog,
        clock: systemClock,
      });
      await stream.start();
      stream.write(Buffer.alloc(8));
      await eventually(() => assert.ok(sockets.length > 1));
      assert.equal(stream.sent, 0);
      await stream.close();
      server.close();
    });
  }
});
