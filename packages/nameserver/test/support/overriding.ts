import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Entry } from '@callsign/catalog';
import { type Clock, type Log, silentLog } from '@callsign/daemon';
import type { Recursor } from '@callsign/dns';
import { NO_OVERRIDES, type OverrideOptions, openOverrides } from '@callsign/nameserver';
import { ManualClock } from '../../../../test/support/clock.ts';
import { answering } from './answering.ts';

export interface Overriding {
  readonly overrides?: Partial<OverrideOptions>;
  readonly domains?: readonly string[];
  readonly entries?: readonly Entry[];
  readonly recursor?: Recursor;
  readonly log?: Log;
  readonly clock?: Clock;
}

/** A responder over a store and static zones. */
export function overriding({
  overrides = {},
  domains = ['docker.'],
  entries = [],
  recursor,
  log = silentLog,
  clock = new ManualClock(),
}: Overriding) {
  const reading = { ttl: 300, negativeTtl: 30, log, clock };
  const { files, ...told } = openOverrides({ ...NO_OVERRIDES, ...overrides }, domains, reading);
  const server = answering({ domains, entries, ...told, ...(recursor && { recursor }) });
  return { ...server, files, views: told.views };
}

/** Zone files of a test's own. */
export class ZoneFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'callsign-zones-'));

  write(name: string, text: string): string {
    const file = join(this.path, name);
    writeFileSync(file, text);
    return file;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}
