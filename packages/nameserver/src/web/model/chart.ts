/** Where a line goes in a chart, as the `d` of an SVG path. Values go from 0 at the bottom to the highest at the top. */
export interface Lines {
  readonly line: string;
  /** The line, and what is below it. */
  readonly area: string;
}

export interface Size {
  readonly width: number;
  readonly height: number;
  /** How many values fit; fewer stand at the right, where now is. */
  readonly room: number;
}

export function linesOf(values: readonly number[], { width, height, room }: Size): Lines {
  if (values.length === 0) return { line: '', area: '' };
  const highest = Math.max(...values, Number.MIN_VALUE);
  const step = width / (room - 1);
  const left = width - (values.length - 1) * step;
  const points = values.map((value, at) => point(left + at * step, height - (value / highest) * height));
  const line = `M${points.join('L')}`;
  return { line, area: `${line}L${point(width, height)}L${point(left, height)}Z` };
}

function point(x: number, y: number): string {
  return `${x.toFixed(1)} ${y.toFixed(1)}`;
}

/** A part of a whole. */
export interface Share {
  readonly name: string;
  readonly value: number;
  /** 0 to 1. */
  readonly share: number;
}

/** The parts of a whole, the largest first; those that are nothing are left out. */
export function sharesOf(parts: Readonly<Record<string, number>>): readonly Share[] {
  const whole = Object.values(parts).reduce((sum, value) => sum + value, 0);
  const shares = Object.entries(parts).map(([name, value]) => ({ name, value, share: value / whole }));
  return shares.filter(({ value }) => value > 0).toSorted((a, b) => b.value - a.value);
}
