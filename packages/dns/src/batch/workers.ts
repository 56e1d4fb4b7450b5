import { endianness } from 'node:os';
import type { Clock } from '@callsign/daemon';

/**
 * What threads answer by: a module that exports `createResponder(data)`, with data of its own for each of them; a
 * thread that takes another's place gets that one's.
 */
export interface Workers {
  readonly threads: number;
  /** The module's URL. */
  readonly module: string;
  /** Shared memory and plain values. */
  readonly data: () => unknown;
  /** Told of a thread that has failed, and once of those that cannot begin; another one takes its place. */
  readonly onFault: (error: unknown) => void;
  readonly clock?: Clock;
}

/** The system calls are Linux's, and their structures those of 64 bits, lowest byte first. */
const ARCHITECTURES: ReadonlySet<string> = new Set(['x64', 'arm64', 'riscv64', 'loong64']);

/** Why datagrams cannot be moved in batches here; undefined when they can. */
export async function batchingHindrance(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'it takes Linux';
  if (!ARCHITECTURES.has(process.arch) || endianness() !== 'LE') return `not on ${process.arch}`;
  try {
    await import('./libc.ts');
    return undefined;
  } catch (error) {
    return `the C library cannot be called: ${String(error)}`;
  }
}
