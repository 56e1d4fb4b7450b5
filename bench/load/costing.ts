import { cpuSeconds } from './served.ts';

/** What was heard, and microseconds of the server's processor time for one answer. */
export type Costing<T> = T & { readonly microseconds: number };

/** Looks at what answers to some asking cost a server. */
export async function costing<T extends { readonly answers: number }>(
  pid: number,
  ask: () => Promise<T>,
): Promise<Costing<T>> {
  const before = cpuSeconds(pid);
  const heard = await ask();
  return { ...heard, microseconds: ((cpuSeconds(pid) - before) / heard.answers) * 1e6 };
}
