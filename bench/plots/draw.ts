import { type Axis, keptApart, logAxis, tickText } from './axis.ts';
import { fitPower, type Point } from './fit.ts';

export interface Line {
  readonly name: string;
  readonly points: readonly Point[];
}

/** A plot with two logarithmic axes, and what it is called. */
export interface Plot {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly lines: readonly Line[];
}

const WIDTH = 720;
const HEIGHT = 400;
/** Of the area between the axes; what the lines are called stands to its right. */
const AREA = { left: 72, right: 510, top: 48, bottom: 340 };
const LINE_HEIGHT = 18;

/** Readable on white and on black paper. */
const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-size: 15px; font-weight: 600 }
  .grid { stroke: #d1d9e0; stroke-width: 1 }
  .line { fill: none; stroke-width: 2 }
  .line.c0 { stroke: #0969da } .line.c1 { stroke: #bc4c00 } .line.c2 { stroke: #1a7f37 }
  text.c0 { fill: #0969da } text.c1 { fill: #bc4c00 } text.c2 { fill: #1a7f37 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .grid { stroke: #3d444d }
    .line.c0 { stroke: #4493f8 } .line.c1 { stroke: #f0883e } .line.c2 { stroke: #3fb950 }
    text.c0 { fill: #4493f8 } text.c1 { fill: #f0883e } text.c2 { fill: #3fb950 }
  }
`;
const COLOURS = 3;

/** The plot as SVG: beside each line its name and the exponent of the power that it follows. */
export function draw({ title, x, y, lines }: Plot): string {
  const points = lines.flatMap((line) => line.points);
  const across = logAxis(
    points.map((point) => point.x),
    AREA.left,
    AREA.right,
  );
  const upwards = logAxis(
    points.map((point) => point.y),
    AREA.bottom,
    AREA.top,
  );
  const parts = [
    `<title>${escaped(title)}</title>`,
    `<style>${STYLE}</style>`,
    text(AREA.left, 24, title, 'class="title"'),
    ...columns(across),
    ...rows(upwards),
    text((AREA.left + AREA.right) / 2, HEIGHT - 16, x, 'text-anchor="middle"'),
    text(
      0,
      0,
      y,
      `text-anchor="middle" transform="translate(18 ${(AREA.top + AREA.bottom) / 2}) rotate(-90)"`,
    ),
    ...lines.map((line, at) => path(line, across, upwards, colour(at))),
    ...names(lines, upwards),
  ];
  const size = `viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" ${size}>\n${parts.join('\n')}\n</svg>\n`;
}

function columns({ ticks, at }: Axis): string[] {
  return ticks.flatMap((tick) => [
    grid(at(tick), AREA.top, at(tick), AREA.bottom),
    text(at(tick), AREA.bottom + 20, tickText(tick), 'text-anchor="middle"'),
  ]);
}

function rows({ ticks, at }: Axis): string[] {
  return ticks.flatMap((tick) => [
    grid(AREA.left, at(tick), AREA.right, at(tick)),
    text(AREA.left - 8, at(tick) + 4, tickText(tick), 'text-anchor="end"'),
  ]);
}

function path({ points }: Line, across: Axis, upwards: Axis, style: string): string {
  const places = points.map((point) => `${pixel(across.at(point.x))} ${pixel(upwards.at(point.y))}`);
  const dots = places.map((place) => `M${place}m-3 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0`);
  return `<path class="line ${style}" d="M${places.join('L')}${dots.join('')}"/>`;
}

function names(lines: readonly Line[], upwards: Axis): string[] {
  const ends = lines.map(({ points }) => upwards.at(points.at(-1)?.y ?? Number.NaN) + 4);
  const places = keptApart(ends, LINE_HEIGHT);
  return lines.map(({ name, points }, at) => {
    const exponent = fitPower(points).exponent.toFixed(2);
    return text(AREA.right + 12, places[at] as number, `${name} ~ n^${exponent}`, `class="${colour(at)}"`);
  });
}

function colour(at: number): string {
  return `c${at % COLOURS}`;
}

function grid(x1: number, y1: number, x2: number, y2: number): string {
  return `<line class="grid" x1="${pixel(x1)}" y1="${pixel(y1)}" x2="${pixel(x2)}" y2="${pixel(y2)}"/>`;
}

function text(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${pixel(x)}" y="${pixel(y)}" ${attributes}>${escaped(content)}</text>`;
}

function pixel(value: number): string {
  return String(Number(value.toFixed(1)));
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
