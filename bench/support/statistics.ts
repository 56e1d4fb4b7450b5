/** The value below which the share `p` (0 to 1) of all lies. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(p * sorted.length) - 1)] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, one) => total + one, 0);
}

/** Faults among the figures of a run: none of them may be lost in a median. */
const FAULTS: ReadonlySet<string> = new Set(['wrong', 'lost']);

/** The median of each figure over several runs, and the sum of their faults. */
export function medianOf<Run extends { readonly [Figure in keyof Run]: number }>(runs: readonly Run[]): Run {
  const names = Object.keys(runs[0] as Run) as (keyof Run & string)[];
  const over = (name: keyof Run & string) => (FAULTS.has(name) ? sum : median)(runs.map((run) => run[name]));
  return Object.fromEntries(names.map((name) => [name, over(name)])) as Run;
}
