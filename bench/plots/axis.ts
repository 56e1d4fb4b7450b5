/** A logarithmic axis in whole decades. */
export interface Axis {
  /** The powers of ten from end to end. */
  readonly ticks: readonly number[];
  /** Where a value lies between the axis's two ends, in pixels. */
  readonly at: (value: number) => number;
}

/** The axis on which all of these values have room, from one pixel to another. */
export function logAxis(values: readonly number[], from: number, to: number): Axis {
  const least = Math.floor(Math.log10(Math.min(...values)));
  const most = Math.max(least + 1, Math.ceil(Math.log10(Math.max(...values))));
  const ticks = Array.from({ length: most - least + 1 }, (_, at) => 10 ** (least + at));
  const at = (value: number) => from + ((Math.log10(value) - least) / (most - least)) * (to - from);
  return { ticks, at };
}

/** A power of ten as people read it: 0.01, 10, 100k, 1M. */
export function tickText(value: number): string {
  if (value >= 1e6) return `${Math.round(value / 1e6)}M`;
  if (value >= 1e3) return `${Math.round(value / 1e3)}k`;
  return String(Number(value.toPrecision(1)));
}

/** The places nearest to these, in the same order from top to bottom, that keep a gap between each other. */
export function keptApart(places: readonly number[], gap: number): number[] {
  const byHeight = places.map((place, at) => ({ place, at })).toSorted((a, b) => a.place - b.place);
  const kept = [...places];
  let free = Number.NEGATIVE_INFINITY;
  for (const { place, at } of byHeight) {
    kept[at] = Math.max(place, free);
    free = (kept[at] as number) + gap;
  }
  return kept;
}
