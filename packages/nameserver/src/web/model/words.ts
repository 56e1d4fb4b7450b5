const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
] as const;

/** `45 s`, `12 m`, `3 h`, `8 d`: the largest unit that fits. */
export function duration(seconds: number): string {
  const [unit, length] = UNITS.find(([, each]) => seconds >= each) ?? ['s', 1];
  return `${Math.floor(Math.max(seconds, 0) / length)} ${unit}`;
}

/** `1`, `23 services`, with the plural that English has for nearly everything. */
export function counted(count: number, what: string): string {
  return `${grouped(count)} ${what}${count === 1 ? '' : 's'}`;
}

/** `12,345` */
export function grouped(count: number): string {
  return count.toLocaleString('en');
}

/** A rate in as many digits as mean something: `0`, `0.4`, `12`, `12,345`. */
export function rate(perSecond: number): string {
  return perSecond > 0 && perSecond < 10 ? perSecond.toFixed(1) : grouped(Math.round(perSecond));
}

/** `43 µs`, `0.43 ms`, `12 ms`, `1.3 s` */
export function milliseconds(ms: number): string {
  if (ms < 0.1) return `${Math.round(ms * 1_000)} µs`;
  if (ms >= 1_000) return `${(ms / 1_000).toFixed(1)} s`;
  return `${ms < 1 ? ms.toFixed(2) : ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
