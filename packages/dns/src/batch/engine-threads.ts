import { readdirSync, readFileSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

const TASKS = '/proc/self/task';
/** What Node calls the threads by which V8 compiles and collects garbage (proc_pid_comm(5)). */
const ENGINE_THREAD = 'V8Worker';
/** A tenth of the usual share of a core (sched(7)). */
const MORE = 10;
const MOST = 19;

/**
 * Has the engine's own threads give way to all others. There are four of them even on one core, and each takes as large
 * a share of it as the thread that answers: while they compile what has become hot, or collect garbage, questions would
 * wait for tens of milliseconds.
 */
export function letEngineGiveWay(): void {
  const nice = Math.min(MOST, getPriority() + MORE);
  for (const thread of readdirSync(TASKS))
    if (nameOf(thread) === ENGINE_THREAD) giveWay(Number(thread), nice);
}

function nameOf(thread: string): string {
  try {
    return readFileSync(`${TASKS}/${thread}/comm`, 'utf8').trimEnd();
  } catch {
    return 'one that has ended meanwhile';
  }
}

function giveWay(thread: number, nice: number): void {
  try {
    if (getPriority(thread) < nice) setPriority(thread, nice);
  } catch {
    // Where it is not allowed the engine goes on as it does.
  }
}
