import { createSocket } from 'node:dgram';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAnswerTo } from '@callsign/dns';
import { Child } from '../../../../test/support/child.ts';
import { KNOTD, pathOf } from '../../../../test/support/parts.ts';
import { freePort } from '../../../../test/support/ports.ts';
import { eventually } from '../../../../test/support/wait.ts';

/** A knotd that serves one zone from a file. */
export class Knot implements AsyncDisposable {
  readonly #folder: string;
  readonly #port: number;
  readonly #child: Child;
  readonly #socket = createSocket('udp4');

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.#port = port;
    this.#child = new Child(pathOf(KNOTD), ['-c', join(folder, 'knot.conf')]);
  }

  static async serving(zone: string, file: string): Promise<Knot> {
    const folder = await mkdtemp(join(tmpdir(), 'callsign-knot-'));
    const port = await freePort();
    const config = [
      `server:\n  rundir: ${folder}\n  listen: 127.0.0.1@${port}\n  udp-workers: 1\n  tcp-workers: 1`,
      `database:\n  storage: ${folder}`,
      `zone:\n  - domain: ${zone}\n    file: ${file}\n    zonefile-sync: -1\n    journal-content: none`,
    ];
    await writeFile(join(folder, 'knot.conf'), `${config.join('\n')}\n`);
    return new Knot(folder, port);
  }

  /** Asks once and again until an answer comes: the zone may not be loaded yet. */
  async ask(question: Buffer): Promise<Buffer> {
    return await eventually(async () => {
      const answer = await this.#once(question);
      if (((answer[3] as number) & 15) === 2) throw new Error(this.#child.lines.join('\n'));
      return answer;
    });
  }

  async #once(question: Buffer): Promise<Buffer> {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    const late = setTimeout(() => reject(new Error(`no answer:\n${this.#child.lines.join('\n')}`)), 500);
    // What comes late, once the next question is asked, is still an answer to the one before.
    const heard = (bytes: Buffer) => isAnswerTo(question, bytes) && resolve(bytes);
    this.#socket.on('message', heard);
    this.#socket.send(question, this.#port, '127.0.0.1');
    try {
      return await promise;
    } finally {
      clearTimeout(late);
      this.#socket.off('message', heard);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await this.#child.end('SIGTERM');
    await rm(this.#folder, { recursive: true });
  }
}
