import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Gives back to the machine what the engine has taken for objects that are garbage by now; it would keep that room for
 * as long as the process lives. Stops the thread that calls it for some 100 ms.
 */
export function giveBackMemory(): void {
  // As Node documents it for its option --expose-gc: a flag that counts for contexts that are made after it was set.
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as NonNullable<typeof globalThis.gc>;
  collect({ type: 'major', flavor: 'last-resort', execution: 'sync' });
}
