import { type Finding, someOf } from './finding.ts';

/** Another machine's clock beside ours, in milliseconds. */
export interface ClockFacts {
  readonly who: string;
  readonly theirs: number;
  readonly ours: number;
}

/** HTTP tells the time in whole seconds, and a call takes a while. */
const ODD_MS = 5_000;
/** From here on TSIG refuses (RFC 8945, 10: a fudge of 300 s), and so do cookies (RFC 9018, 4.3). */
const WRONG_MS = 300_000;

/** Do the machines agree what time it is? Their Date headers tell. */
export function judgeClocks(clocks: readonly ClockFacts[]): Finding {
  const about = 'the clocks';
  if (clocks.length === 0)
    return { about, state: 'unknown', text: 'nobody answered who could tell the time' };
  const skew = ({ theirs, ours }: ClockFacts) => Math.abs(theirs - ours);
  const apart = clocks.filter((clock) => skew(clock) > ODD_MS);
  if (apart.length === 0)
    return { about, state: 'good', text: `as those of ${someOf(clocks.map(({ who }) => who))}` };
  const told = apart.map((clock) => `${clock.who} by ${Math.round(skew(clock) / 1_000)} s`);
  return {
    about,
    state: apart.some((clock) => skew(clock) >= WRONG_MS) ? 'wrong' : 'odd',
    text: `apart from ${someOf(told)}: signatures, cookies and certificates go by the time`,
    cure: 'Set them by NTP on each machine: "timedatectl set-ntp true"',
  };
}
