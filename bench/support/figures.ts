import { cpus, totalmem, type } from 'node:os';
import { median, percentile } from './statistics.ts';

export interface Figure {
  readonly what: string;
  readonly value: string;
}

/** Times in milliseconds as one line. */
export function spread(what: string, values: readonly number[]): Figure {
  const [p50, p99, most] = [median(values), percentile(values, 0.99), Math.max(...values)];
  return { what, value: `p50 ${ms(p50)}, p99 ${ms(p99)}, most ${ms(most)} (${values.length} times)` };
}

export function ms(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 1)} ms`;
}

/** A table for people on a terminal, JSON for programs. */
export function report(title: string, figures: readonly Figure[]): void {
  if (process.stdout.isTTY !== true) {
    process.stdout.write(`${JSON.stringify({ title, machine: machine(), figures })}\n`);
    return;
  }
  const width = Math.max(...figures.map(({ what }) => what.length));
  process.stdout.write(`\n${title} (${machine()})\n`);
  for (const { what, value } of figures) process.stdout.write(`  ${what.padEnd(width)}  ${value}\n`);
}

export function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}

export function machine(): string {
  return `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()}, Node ${process.versions.node}`;
}
