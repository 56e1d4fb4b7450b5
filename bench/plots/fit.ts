import { sum } from '../support/statistics.ts';

/** A measured point; both numbers are greater than 0. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** y = factor · x ^ exponent. */
export interface Power {
  readonly factor: number;
  readonly exponent: number;
}

/** The power that comes closest to the points: a straight line by least squares through their logarithms. */
export function fitPower(points: readonly Point[]): Power {
  const logs = points.map(({ x, y }) => ({ x: Math.log(x), y: Math.log(y) }));
  const middle = { x: mean(logs.map(({ x }) => x)), y: mean(logs.map(({ y }) => y)) };
  const away = logs.map(({ x, y }) => ({ x: x - middle.x, y: y - middle.y }));
  const exponent = sum(away.map(({ x, y }) => x * y)) / sum(away.map(({ x }) => x * x));
  return { factor: Math.exp(middle.y - exponent * middle.x), exponent };
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}
