/** The guest's process: holds the isolates and answers one question at a time, until its host goes. */
import { Guest, stopped } from './guest.ts';
import type { Answer, Question } from './messages.ts';

let guests: readonly Guest[] = [];

async function answer(question: Question): Promise<Answer> {
  return question.kind === 'load' ? load(question) : call(question);
}

async function call({ plugin, container }: Extract<Question, { kind: 'call' }>): Promise<Answer> {
  return guests[plugin]?.call(container) ?? stopped(plugin, new Error('is not loaded'));
}

async function load(question: Extract<Question, { kind: 'load' }>): Promise<Answer> {
  const loaded: Guest[] = [];
  for (const [index, plugin] of question.plugins.entries()) {
    try {
      loaded.push(await Guest.load(index, plugin, question.defaults, question.limits));
    } catch (error) {
      return stopped(index, error);
    }
  }
  guests = loaded;
  return { kind: 'loaded' };
}

process.on('message', (question: Question) => {
  void answer(question).then((said) => process.send?.(said));
});

// A script that hangs keeps an orderly exit waiting for its thread; without a host there is nothing to keep.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
