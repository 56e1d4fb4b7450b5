import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedStore, nameOfKey, type Store } from '@callsign/catalog';
import { createLog, parseOptions, type Tracer } from '@callsign/daemon';
import { Metrics } from '@callsign/daemon/metrics';
import { ManualClock } from '../../../test/support/clock.ts';
import { FakeEngine } from '../../../test/support/fake-engine.ts';
import { eventually } from '../../../test/support/wait.ts';
import { Registrar, registrarOptions } from '../src/index.ts';

/** A registrar between a double of the Engine and a real store, with time that a test moves. */
export class Rig {
  readonly engine = new FakeEngine();
  readonly clock = new ManualClock();
  readonly metrics: Metrics[] = [];
  readonly store: EmbeddedStore;
  readonly #directory: string;
  readonly #lines: Readonly<Record<string, unknown>>[] = [];
  readonly #registrars: Registrar[] = [];

  private constructor(directory: string, store: EmbeddedStore) {
    this.#directory = directory;
    this.store = store;
  }

  static async create(): Promise<Rig> {
    const directory = await mkdtemp(join(tmpdir(), 'callsign-registrar-'));
    return new Rig(directory, await EmbeddedStore.open());
  }

  async start(argv: readonly string[] = [], store: Store = this.store, tracer?: Tracer): Promise<Registrar> {
    const source = { argv, env: {}, readFile: () => '' };
    const { values: options } = parseOptions(registrarOptions('node1'), source);
    const log = createLog({
      level: 'debug',
      format: 'json',
      write: (line) => this.#lines.push(JSON.parse(line)),
    });
    const metrics = new Metrics();
    const registrar = new Registrar({
      options,
      store,
      log,
      metrics,
      clock: this.clock,
      engine: this.engine,
      tracer,
    });
    this.#registrars.push(registrar);
    this.metrics.unshift(metrics);
    await registrar.start(new AbortController().signal);
    return registrar;
  }

  /** Writes a plugin and gives back its path. */
  plugin(code: string, name = 'test.js'): string {
    const path = join(this.#directory, name);
    writeFileSync(path, code);
    return path;
  }

  /** The names in the store, in order, without what all of them end in. */
  async names(): Promise<readonly string[]> {
    const { entries } = await this.store.list('');
    return entries.map(({ key }) => nameOfKey(key).replace('.redis.dev.docker.', '')).sort();
  }

  /** Waits until these are the names in the store. */
  async namesAre(...names: readonly string[]): Promise<void> {
    await eventually(async () => assert.deepEqual(await this.names(), names));
  }

  /** Moves the time until the condition holds, for waits whose number does not matter. */
  async inTime(check: () => void | Promise<void>): Promise<void> {
    await eventually(
      async () => {
        await this.clock.advance(1_000);
        await check();
      },
      20_000,
      1,
    );
  }

  async values(): Promise<Readonly<Record<string, unknown>>[]> {
    const { entries } = await this.store.list('');
    return entries.map(({ value, leaseTtl }) => ({ ...JSON.parse(value), leaseTtl }));
  }

  /** Lines of the log with this text in their message. */
  said(text: string): readonly Readonly<Record<string, unknown>>[] {
    return this.#lines.filter(({ message }) => String(message).includes(text));
  }

  /** The latest registrar's metric, by its name and labels as they are written. */
  async metric(line: string): Promise<string | undefined> {
    const text = await this.metrics[0]?.text();
    return text
      ?.split('\n')
      .find((each) => each.startsWith(`${line} `))
      ?.slice(line.length + 1);
  }

  /** Lines of the log that tell of trouble. */
  worse(): readonly Readonly<Record<string, unknown>>[] {
    return this.#lines.filter(({ level }) => level === 'warn' || level === 'error');
  }

  async stop(): Promise<void> {
    for (const registrar of this.#registrars) await registrar.close();
  }

  async close(): Promise<void> {
    await this.stop();
    await this.store.close();
    await rm(this.#directory, { recursive: true });
  }
}
