import type { Option, OptionTable } from './options.ts';

/** The narrowest column that sentences are still read in. */
const LEAST_ROOM = 30;

/** The help's lines for a table, aligned. @param columns how wide a terminal they are for; absent: as wide as they are */
export function helpLines(table: OptionTable, columns = Number.POSITIVE_INFINITY): string[] {
  const rows = Object.values(table).map(
    (entry) => [spelling(entry), `${entry.text}${defaultOf(entry)}`] as const,
  );
  const width = Math.max(...rows.map(([left]) => left.length));
  const room = Math.max(columns - width - 4, LEAST_ROOM);
  return rows.flatMap(([left, right]) =>
    folded(right, room).map((line, at) => `  ${(at === 0 ? left : '').padEnd(width)}  ${line}`),
  );
}

/** A sentence in lines that have room; a word that is longer has one to itself. */
function folded(text: string, room: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1) ?? ''} ${word}`;
    if (lines.length > 0 && longer.length <= room) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

function spelling({ flag, short, value }: Option<unknown>): string {
  return `${short === undefined ? '    ' : `-${short}, `}--${flag}${value === undefined ? '' : ` ${value}`}`;
}

function defaultOf({ fallback }: Option<unknown>): string {
  return fallback === undefined || fallback.length === 0 ? '' : ` [${fallback.join(', ') || "''"}]`;
}
