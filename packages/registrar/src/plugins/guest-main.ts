/** The guest's process: holds the isolates and answers one question at a time, until its host goes. */
import { Guest, stopped } from './guest.ts';
import type { Answer, Question } from './messages.ts';

const guests: Guest[] = [];

async function answer(question: Question): Promise<Answer> {
  return question.kind === 'load' ? load(question) : call(question);
}

async function load({ plugin, defaults, limits }: Extract<Question, { kind: 'load' }>): Promise<Answer> {
  try {
    guests.push(await Guest.load(plugin, defaults, limits));
    return { kind: 'loaded' };
  } catch (error) {
    return stopped(guests.length, error);
  }
}

/** Each plugin is asked once for all the containers that the ones before it have passed. */
async function call({ plugins, containers }: Extract<Question, { kind: 'call' }>): Promise<Answer> {
  const open = containers.map((text) => ({ text, reports: [] as string[], passed: true }));
  for (const plugin of plugins) {
    const asked = open.filter(({ passed }) => passed);
    if (asked.length === 0) break;
    try {
      const calls = (await guests[plugin]?.call(asked.map(({ text }) => text))) ?? [];
      for (const [at, { passed, report }] of calls.entries()) {
        asked[at]?.reports.push(report);
        Object.assign(asked[at] ?? {}, { passed });
      }
    } catch (error) {
      return stopped(plugin, error);
    }
  }
  return { kind: 'returned', reports: open.map(({ reports }) => reports) };
}

process.on('message', (question: Question) => {
  void answer(question).then((said) => process.send?.(said));
});

// A script that hangs keeps an orderly exit waiting for its thread; without a host there is nothing to keep.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
