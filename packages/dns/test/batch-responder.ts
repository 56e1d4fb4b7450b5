import { type BatchResponder, PASS } from '@callsign/dns/hot';

/** The id of the packet that a worker does not survive. */
export const FATAL = 666;

/** What the threads of a test are handed in shared memory: whether they may begin, and how many have tried to. */
export const [BARRED, TRIED] = [0, 1];

/** What workers of the tests answer by: echoes a packet with QR set, and passes on those whose id is odd. */
export function createResponder(door?: Int32Array): BatchResponder {
  if (door !== undefined) enter(door);
  return {
    respond: (packet, length, reply) => {
      if (packet.readUInt16BE(0) === FATAL) throw new Error('a fault, as asked for');
      if (packet.readUInt16BE(0) % 2 === 1) return PASS;
      packet.copy(reply, 0, 0, length);
      reply.writeUInt16BE(packet.readUInt16BE(2) | 0x8000, 2);
      return length;
    },
    sent: () => undefined,
  };
}

function enter(door: Int32Array): void {
  Atomics.add(door, TRIED, 1);
  if (Atomics.load(door, BARRED) !== 0) throw new Error('no way in');
}
