import { schedSetattr } from './libc.ts';

/** `struct sched_attr` in its first form (sched_setattr(2)); policy, flags and nice value stay 0, as every thread's are. */
const SIZE = 48;
const RUNTIME = 24;
/** The least that Linux takes. */
const SLICE_NS = 100_000n;

/**
 * Has the calling thread take its turns in short slices. Whoever runs for short is let in as soon as it wakes (Linux 6.12 and later), so
 * that a question does not wait until the main thread, or another program, has used up a slice of some milliseconds.
 * Where the kernel does not know or allow it nothing changes.
 */
export function takeShortSlices(): void {
  const attributes = Buffer.alloc(SIZE);
  attributes.writeUInt32LE(SIZE, 0);
  attributes.writeBigUInt64LE(SLICE_NS, RUNTIME);
  schedSetattr(attributes);
}
