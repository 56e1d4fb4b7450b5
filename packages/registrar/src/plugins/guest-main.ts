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
    return stopped(error);
  }
}

async function call({ plugin, container }: Extract<Question, { kind: 'call' }>): Promise<Answer> {
  return guests[plugin]?.call(container) ?? stopped(new Error('is not loaded'));
}

process.on('message', (question: Question) => {
  void answer(question).then((said) => process.send?.(said));
});

// A script that hangs keeps an orderly exit waiting for its thread; without a host there is nothing to keep.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
