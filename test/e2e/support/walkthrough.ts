import assert from 'node:assert/strict';
import type { Block } from '../../support/manual.ts';

/** One command of a page, and the lines that it should print. */
export interface Step {
  readonly command: string;
  readonly printed: readonly string[];
}

/** The commands of a page's blocks: what follows `$ ` is typed, and the lines below it come back. */
export function stepsOf(blocks: readonly Block[]): Step[] {
  const lines = blocks.filter(({ language }) => language === 'console').flatMap((block) => block.lines);
  const steps: { command: string; printed: string[] }[] = [];
  for (const line of lines) {
    if (line.startsWith('$ ')) steps.push({ command: line.slice(2), printed: [] });
    else steps.at(-1)?.printed.push(line);
  }
  return steps;
}

/** What was set by the steps before, which one shell would still know. */
export function setBefore(steps: readonly Step[], step: Step): string[] {
  const before = steps.slice(0, steps.indexOf(step));
  return before.map(({ command }) => command).filter((command) => /^\w+=/.test(command));
}

/**
 * Compares what a command printed. `…` stands for anything in a line, and any address of Docker's usual bridge for any
 * address of the network that begins with `network`.
 */
export function assertPrinted({ command, printed }: Step, got: string, network: string): void {
  const lines = got.trimEnd().replaceAll(/ +/g, ' ').split('\n');
  assert.match(lines.join('\n'), patternOf(printed, network), command);
}

function patternOf(printed: readonly string[], network: string): RegExp {
  const pattern = escaped(printed.join('\n').replaceAll(/ +/g, ' '))
    .replaceAll('…', '.*')
    .replaceAll(/172\\.17\\.0\\.\d+/g, `${escaped(network)}\\d+`);
  return new RegExp(`^${pattern}$`);
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
