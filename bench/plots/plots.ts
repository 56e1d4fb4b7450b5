import type { Row } from '../support/kept.ts';
import type { Plot } from './draw.ts';

/** Which of a measurement's rows and columns make a plot. */
export interface PlotPlan {
  /** Its own name in docs/plots, without the ending. */
  readonly file: string;
  /** The name of the measurement that kept the rows. */
  readonly from: string;
  readonly title: string;
  /** The columns along the axes, and what the axes are called. */
  readonly x: { readonly column: string; readonly text: string };
  readonly y: { readonly column: string; readonly text: string };
  /** The column that tells the lines apart. */
  readonly lines: string;
}

const RECORDS = { column: 'records', text: 'records' };

export const PLOTS: readonly PlotPlan[] = [
  {
    file: 'scale-ready',
    from: 'scale',
    title: 'From the start of the process to ready',
    x: RECORDS,
    y: { column: 'readySeconds', text: 'seconds' },
    lines: 'shape',
  },
  {
    file: 'scale-memory',
    from: 'scale',
    title: 'Resident memory once ready',
    x: RECORDS,
    y: { column: 'residentMiB', text: 'MiB' },
    lines: 'shape',
  },
  {
    file: 'scale-pause',
    from: 'scale',
    title: 'A full garbage collection',
    x: RECORDS,
    y: { column: 'pauseMs', text: 'milliseconds' },
    lines: 'shape',
  },
  {
    file: 'scale-answer',
    from: 'scale',
    title: 'Processor time for an answer to a random name',
    x: RECORDS,
    y: { column: 'microseconds', text: 'microseconds' },
    lines: 'shape',
  },
  growthOf('latency', 'The p99 of answers to random names, at fixed rates', 'milliseconds'),
  growthOf('streams', 'Processor time for an answer over a connection', 'microseconds'),
  growthOf('forwarded', 'Processor time for a forwarded answer', 'microseconds'),
  growthOf('busy', 'The p99 while the main thread looks through all records', 'milliseconds'),
  growthOf('changes', 'The p99 while records change', 'milliseconds'),
  growthOf('first-answer', 'From a container’s event to its first right answer', 'milliseconds'),
  growthOf('cores', 'Processor time for an answer, on cores shared with those who ask', 'microseconds'),
  {
    file: 'registrar',
    from: 'registrar',
    title: 'Containers through the plugins to etcd',
    x: { column: 'containers', text: 'containers' },
    y: { column: 'perSecond', text: 'containers a second' },
    lines: 'what',
  },
  {
    file: 'ancestor',
    from: 'ancestor',
    title: 'A change below a name with many addresses, and the question after it',
    x: { column: 'addresses', text: 'addresses' },
    y: { column: 'microseconds', text: 'microseconds, p50' },
    lines: 'what',
  },
];

function growthOf(goal: string, title: string, unit: string): PlotPlan {
  const name = `growth-${goal}`;
  return { file: name, from: name, title, x: RECORDS, y: { column: 'value', text: unit }, lines: 'what' };
}

/** The rows of a measurement as lines, one for each thing that its column `lines` names. */
export function plotOf({ title, x, y, lines }: PlotPlan, rows: readonly Row[]): Plot {
  const groups = Map.groupBy(rows, (row) => String(row[lines]));
  const drawn = [...groups].map(([name, group]) => ({
    name,
    points: group.map((row) => ({ x: Number(row[x.column]), y: Number(row[y.column]) })),
  }));
  return { title, x: x.text, y: y.text, lines: drawn };
}
