import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import type { RangeResponse } from '../src/etcd/protocol.ts';
import { readRangeResponse } from '../src/etcd/range-response.ts';

/** Writes fields as Protocol Buffers has them: numbers, or what is bytes already. */
function message(...fields: readonly (readonly [number: number, value: bigint | Buffer])[]): Buffer {
  const written = fields.map(([number, value]) =>
    typeof value === 'bigint'
      ? Buffer.concat([varint(BigInt(number << 3)), varint(value)])
      : Buffer.concat([varint(BigInt((number << 3) | 2)), varint(BigInt(value.length)), value]),
  );
  return Buffer.concat(written);
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}

function written({ header, kvs, more }: RangeResponse): Buffer {
  const keyValues = kvs.map(({ key, value, mod_revision, lease }) => {
    const [created, version] = [[2, 1n] as const, [4, 7n] as const];
    return message([1, key], created, [3, BigInt(mod_revision)], version, [5, value], [6, BigInt(lease)]);
  });
  const clusterAndMember = [[1, 2n ** 63n] as const, [2, 2n ** 64n - 1n] as const];
  return message(
    [1, message(...clusterAndMember, [3, BigInt(header.revision)], [4, 2n])],
    ...keyValues.map((each) => [2, each] as const),
    [3, BigInt(more)],
    [4, 9n],
  );
}

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const revision = fc.maxSafeNat().map(String);
const lease = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
/** Objects as JSON has them: fast-check also makes some without a prototype. */
const PLAIN = { noNullPrototype: true } as const;
const keyValue = fc.record(
  { key: bytes, value: bytes, mod_revision: revision, lease: fc.oneof(lease, fc.constant('0')) },
  PLAIN,
);
const response: fc.Arbitrary<RangeResponse> = fc.record(
  { header: fc.record({ revision }, PLAIN), kvs: fc.array(keyValue, { maxLength: 5 }), more: fc.boolean() },
  PLAIN,
);

describe('range response', () => {
  it('is read as it was written', () => {
    fc.assert(fc.property(response, (each) => assert.deepEqual(readRangeResponse(written(each)), each)));
  });

  it('has what an empty message means where etcd leaves a field out', () => {
    assert.deepEqual(readRangeResponse(Buffer.alloc(0)), { header: { revision: '0' }, kvs: [], more: false });
    assert.deepEqual(readRangeResponse(message([2, message()])).kvs, [
      { key: Buffer.alloc(0), value: Buffer.alloc(0), mod_revision: '0', lease: '0' },
    ]);
  });

  it('passes over fields that a later etcd may add, of every kind', () => {
    const fixed = [
      Buffer.from([(20 << 3) | 1 | 128, 1, ...Buffer.alloc(8)]),
      Buffer.from([0xa5, 1, 1, 2, 3, 4]),
    ];
    const known = written({ header: { revision: '5' }, kvs: [], more: true });
    const longer = Buffer.concat([...fixed, message([21, 1n], [22, Buffer.from('new')]), known]);
    assert.deepEqual(readRangeResponse(longer), { header: { revision: '5' }, kvs: [], more: true });
  });

  it('is refused where it ends too early, and never read beyond its end', () => {
    const whole = written({
      header: { revision: '5' },
      kvs: [{ key: Buffer.from('docker/web'), value: Buffer.from('{}'), mod_revision: '300', lease: '7' }],
      more: true,
    });
    const inside = message([2, Buffer.from([(1 << 3) | 2, 40, 1])]);
    assert.throws(() => readRangeResponse(inside), RangeError);
    assert.throws(() => readRangeResponse(whole.subarray(0, -1)), RangeError);
  });
});
