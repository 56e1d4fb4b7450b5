/** The guest's process: holds the isolates and answers one question at a time, until its host goes. */
import { Socket } from 'node:net';
import { Guest, stopped } from './guest.ts';
import { Lines } from './lines.ts';
import { type Answer, HOST_FD, type Question, QuestionReader, UNASKED } from './messages.ts';

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

/** A container on its way through the plugins. */
interface Asked {
  readonly text: string;
  readonly reports: string[];
  passed: boolean;
}

/** Each plugin is called once for all the containers that the ones before it have passed. */
async function call({ plugins, containers }: Extract<Question, { kind: 'call' }>): Promise<Answer> {
  const all = containers.map((text): Asked => ({ text, reports: [], passed: true }));
  for (const plugin of plugins) {
    try {
      await ask(
        guests[plugin],
        all.filter(({ passed }) => passed),
      );
    } catch (error) {
      return stopped(plugin, error);
    }
  }
  return { kind: 'returned', reports: all.map(({ reports }) => reports) };
}

async function ask(guest: Guest | undefined, open: readonly Asked[]): Promise<void> {
  if (guest === undefined) throw new Error('is not loaded');
  const asked = open.filter(({ text }) => guest.isFor(text));
  const calls = asked.length === 0 ? [] : await guest.call(asked.map(({ text }) => text));
  for (const one of open) one.reports.push(UNASKED);
  for (const [at, { passed, report }] of calls.entries()) {
    const one = asked[at];
    one?.reports.splice(-1, 1, report);
    if (one !== undefined) one.passed = passed;
  }
}

const host = new Socket({ fd: HOST_FD }).setEncoding('utf8');
const [lines, questions] = [new Lines(), new QuestionReader()];
host.on('data', (piece: string) => {
  for (const line of lines.push(piece)) void serve(line);
});

async function serve(line: string): Promise<void> {
  const question = questions.take(line);
  if (question !== undefined) host.write(`${JSON.stringify(await answer(question))}\n`);
}

// A script that hangs keeps an orderly exit waiting for its thread; without a host there is nothing to keep.
host.on('close', () => process.kill(process.pid, 'SIGKILL')).on('error', () => undefined);
