import { schedGetattr, schedSetattr } from './libc.ts';

/** `struct sched_attr` in its first form (sched_setattr(2)). */
const SIZE = 48;
const RUNTIME = 24;
/** The least that Linux takes. */
const SLICE_NS = 100_000n;

/**
 * Has the calling thread take its turns in short slices. Whoever runs for short is let in as soon as it wakes (Linux 6.12
 * and later), so that a question does not wait until the main thread, or another program, has used up a slice of some
 * milliseconds. Policy and nice value stay what whoever started us has chosen; where the kernel does not know or allow it
 * nothing changes.
 */
export function takeShortSlices(): void {
  const attributes = Buffer.alloc(SIZE);
  if (schedGetattr(attributes) < 0) return;
  attributes.writeBigUInt64LE(SLICE_NS, RUNTIME);
  schedSetattr(attributes);
}
