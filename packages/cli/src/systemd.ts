import { execFile } from 'node:child_process';
import { describe, type Log } from '@callsign/daemon';
import type { Host } from './host.ts';

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
