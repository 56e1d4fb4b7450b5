/** The rows of a long list that are drawn: from, and up to but not including. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Drawn above and below what is seen, so that a quick scroll shows rows and not their absence. */
const AROUND = 12;

/** @param scroll and @param height in pixels of what is seen, @param row in pixels */
export function spanOf(rows: number, scroll: number, height: number, row: number): Span {
  const first = Math.floor(scroll / row) - AROUND;
  const last = Math.ceil((scroll + height) / row) + AROUND;
  return { from: Math.min(Math.max(first, 0), rows), to: Math.min(Math.max(last, 0), rows) };
}
