import { readdir, readFile, rm } from 'node:fs/promises';
import { exec } from './exec.ts';

/**
 * Removes what a daemon that was killed leaves behind of itself: its processes, told by the directory that
 * their command lines name, the mounts below that directory, and the directory.
 */
export async function sweep(directory: string): Promise<void> {
  for (const pid of await processesOf(directory)) endNow(pid);
  for (const mount of await mountsBelow(directory)) await exec('umount', ['--lazy', mount]);
  await rm(directory, { recursive: true, force: true, maxRetries: 5 });
}

/** Those that name the directory, and their children: a container's first process is a child of its shim. */
async function processesOf(directory: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const named = new Set<number>();
  for (const pid of pids) {
    if (pid !== process.pid && (await read(`/proc/${pid}/cmdline`)).includes(directory)) named.add(pid);
  }
  const children: number[] = [];
  for (const pid of pids) if (named.has(await parentOf(pid))) children.push(pid);
  return [...named, ...children];
}

async function parentOf(pid: number): Promise<number> {
  return Number(/^PPid:\s+(\d+)/m.exec(await read(`/proc/${pid}/status`))?.[1] ?? 0);
}

async function mountsBelow(directory: string): Promise<string[]> {
  const mounts = (await read('/proc/self/mountinfo')).split('\n').map((line) => line.split(' ')[4] ?? '');
  return mounts.filter((mount) => mount.startsWith(`${directory}/`)).toReversed();
}

/** '' for a process that has gone meanwhile. */
async function read(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch(() => '');
}

export function endNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
