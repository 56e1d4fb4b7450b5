import { printable } from '@callsign/daemon';
import type { Host } from './host.ts';

/** Select Graphic Rendition (ECMA-48, 8.3.117). */
const SGR = { bold: '1', dim: '2', red: '31', green: '32', yellow: '33' } as const;

export type Style = keyof typeof SGR;

/** Text in a style, where whoever reads it can see one. */
export type Paint = (style: Style, text: string) => string;

const plain: Paint = (_style, text) => text;
const coloured: Paint = (style, text) => `\u001b[${SGR[style]}m${text}\u001b[0m`;

/** Colours are for people at a terminal who did not say that they want none (https://no-color.org). */
export function paintFor({ reader, env }: Host): Paint {
  const unwanted = (env.NO_COLOR ?? '') !== '' || env.TERM === 'dumb';
  return reader && !unwanted ? coloured : plain;
}

export interface Cell {
  readonly text: string;
  readonly style?: Style;
}

/** Columns as wide as their widest cell, under a head; two spaces between them. */
export function tableLines(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  paint: Paint,
): string[] {
  const titles = head.map((text): Cell => ({ text, style: 'bold' }));
  const all = [titles, ...rows].map((cells) =>
    cells.map((cell) => ({ ...cell, text: printable(cell.text) })),
  );
  const widths = head.map((_, column) =>
    all.reduce((widest, cells) => Math.max(widest, cells[column]?.text.length ?? 0), 0),
  );
  return all.map((cells) => line(cells, widths, paint));
}

/** The style is laid around the text alone, and no line ends in spaces. */
function line(cells: readonly Cell[], widths: readonly number[], paint: Paint): string {
  const last = cells.findLastIndex(({ text }) => text !== '');
  const drawn = cells.slice(0, last + 1).map(({ text, style }, column) => {
    const gap = column === last ? '' : ' '.repeat((widths[column] ?? 0) - text.length);
    return `${style === undefined || text === '' ? text : paint(style, text)}${gap}`;
  });
  return drawn.join('  ');
}
