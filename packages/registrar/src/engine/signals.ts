import { constants } from 'node:os';

export const { SIGTERM } = constants.signals;

const NUMBERS = new Map<string, number>(Object.entries(constants.signals));
/** Linux's real-time signals as a C library leaves them to programs (signal(7)); systemd stops at SIGRTMIN+3. */
const REAL_TIME = { MIN: 34, MAX: 64 } as const;

/** The number of a signal: `15`, `TERM`, `SIGTERM` or `RTMIN+3`, as Docker and Podman spell it; undefined for none. */
export function signalNumber(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text);
  const name = text.toUpperCase().replace(/^SIG/, '');
  const [, end, offset = '0'] = /^RT(MIN|MAX)([+-]\d+)?$/.exec(name) ?? [];
  if (end !== undefined) return REAL_TIME[end as keyof typeof REAL_TIME] + Number(offset);
  return NUMBERS.get(`SIG${name}`);
}
