import { execFile } from 'node:child_process';
import { describe, type Log, OptionsError } from '@callsign/daemon';
import type { NamedSocket } from '@callsign/dns';
import type { Places } from '@callsign/nameserver';
import type { Host } from '../command/host.ts';

/** Behind stdin, stdout and stderr. */
const FIRST_PASSED = 3;
/** What a socket is for when nobody says so (sd_listen_fds_with_names(3) calls that "unknown"). */
const NAME = 'dns';

/**
 * Tells systemd that we serve, where it asked to be told (sd_notify(3), `Type=notify`). By systemd's own program,
 * because Node cannot send to a datagram socket that is a file.
 */
export function tellSystemd({ env }: Host, log: Log): void {
  if (env.NOTIFY_SOCKET === undefined) return;
  execFile('systemd-notify', ['READY=1'], { env }, (error) => {
    if (error !== null) log.warn('systemd could not be told that we serve', { error: describe(error) });
  });
}

/** The sockets that were bound for this very process (sd_listen_fds(3)); those of a parent are none of ours. */
export function passedSockets({ env, pid }: Pick<Host, 'env' | 'pid'>): NamedSocket[] {
  if (env.LISTEN_PID !== String(pid)) return [];
  const names = env.LISTEN_FDNAMES?.split(':');
  return Array.from({ length: Number(env.LISTEN_FDS) }, (_, at) => ({
    fd: FIRST_PASSED + at,
    name: names?.[at] ?? NAME,
  }));
}

/**
 * The options, with sockets that systemd has bound in the place of those that say where to listen.
 * @throws {OptionsError} when it is not clear what a socket is for
 */
export async function withPassedSockets<Values extends Places>(
  host: Host,
  values: Values,
): Promise<Values & Places> {
  const { placesOf } = await import('@callsign/nameserver');
  const { places, faults } = placesOf(await inspected(host));
  if (faults.length > 0) throw new OptionsError(faults.map((fault) => `the sockets of systemd: ${fault}`));
  return { ...values, ...places };
}

async function inspected(host: Host) {
  const { inspectSockets } = await import('@callsign/dns');
  try {
    return await inspectSockets(passedSockets(host));
  } catch (error) {
    throw new OptionsError([`the sockets of systemd: ${describe(error)}`]);
  }
}
