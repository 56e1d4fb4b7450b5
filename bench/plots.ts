import { draw } from './plots/draw.ts';
import { PLOTS, plotOf } from './plots/plots.ts';
import { progress } from './support/figures.ts';
import { readKept, writeKept } from './support/kept.ts';

/** Draws every plot of docs/plots anew, from what the measurements have kept there. */
export async function plots(): Promise<void> {
  for (const plan of PLOTS) {
    writeKept(`${plan.file}.svg`, draw(plotOf(plan, readKept(plan.from).rows)));
    progress(`docs/plots/${plan.file}.svg`);
  }
}
