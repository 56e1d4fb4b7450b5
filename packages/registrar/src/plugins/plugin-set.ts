import { type Clock, describe, type Log } from '@callsign/daemon';
import type { PluginSubject } from './container.ts';
import { PluginHost, type PluginResult } from './host.ts';
import type { Plugin, PluginDefaults } from './messages.ts';
import { mayChange, readPlugins } from './source.ts';

export interface PluginSetOptions {
  /** As `--plugins` names them. */
  readonly references: readonly string[];
  readonly defaults: PluginDefaults;
  readonly log: Log;
  readonly clock: Clock;
  /** Called when other scripts have taken over, or could not. */
  readonly onReload: (outcome: 'loaded' | 'failed') => void;
}

const LOOK_EVERY_MS = 1_000;

/**
 * The plugins as their files are now: when a file changes, a new host loads all of them and takes over; when one of
 * them cannot be loaded, what was loaded before goes on. The files are read again and again and compared, for that
 * is what sees every way of changing one: editors that rename, mounted folders, links that are set anew.
 */
export class PluginSet {
  readonly #options: PluginSetOptions;
  /** Rejected where the plugins are closed before they were loaded. */
  readonly #first = Promise.withResolvers<PluginHost>();
  #host = this.#first.promise;
  /** Those whose place others have taken while calls were under way. */
  readonly #leaving = new Set<PluginHost>();
  /** What was tried last, loaded or not. */
  #tried = '';
  /** What was read last: taken once it is read a second time, so that no half-written file is. */
  #read = '';
  #closing = false;

  constructor(options: PluginSetOptions) {
    this.#options = options;
  }

  /** @throws {CallsignError} when a plugin cannot be read or loaded */
  async start(): Promise<void> {
    const plugins = await readPlugins(this.#options.references);
    const host = await this.#load(plugins);
    if (this.#closing) return await host.close();
    this.#first.resolve(host);
    this.#tried = fingerprint(plugins);
  }

  /** See {@link PluginHost.run}; whoever comes before the plugins are loaded waits for them. */
  async run(subject: PluginSubject): Promise<PluginResult | undefined> {
    const host = await this.#host;
    return host.run(subject);
  }

  /** Looks after the files, once they have been loaded, until the signal fires, unless nobody edits them. */
  async watch(signal: AbortSignal): Promise<void> {
    await this.#host;
    while (mayChange(this.#options.references)) {
      await this.#options.clock.sleep(LOOK_EVERY_MS, signal);
      await this.look();
    }
  }

  /** Reads the files once, and takes what has changed and stands still. */
  async look(): Promise<void> {
    try {
      const plugins = await readPlugins(this.#options.references);
      const found = fingerprint(plugins);
      const stands = found === this.#read;
      this.#read = found;
      if (stands && found !== this.#tried) await this.#replace(plugins, found);
    } catch (error) {
      this.#unreadable(error);
    }
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#first.reject(new Error('the plugins are closed'));
    const last = await this.#host.catch(() => undefined);
    await Promise.all([last, ...this.#leaving].map((host) => host?.close()));
  }

  async #replace(plugins: readonly Plugin[], found: string): Promise<void> {
    this.#tried = found;
    const { log, onReload } = this.#options;
    const names = plugins.map(({ name }) => name);
    try {
      const next = await this.#load(plugins);
      const before = await this.#host;
      if (this.#closing) return await next.close();
      this.#host = Promise.resolve(next);
      log.info('the plugins have changed: all containers are planned again', { plugins: names });
      onReload('loaded');
      void this.#leave(before);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Calls that are under way may take long, and the files are looked after meanwhile. */
  async #leave(host: PluginHost): Promise<void> {
    this.#leaving.add(host);
    await host.idle();
    await host.close();
    this.#leaving.delete(host);
  }

  /** A file that is missing for a moment, while an editor puts another in its place, is not worth a word. */
  #unreadable(error: unknown): void {
    const found = describe(error);
    const stands = found === this.#read;
    this.#read = found;
    if (!stands || found === this.#tried) return;
    this.#tried = found;
    this.#failed(error);
  }

  #failed(error: unknown): void {
    const { log, onReload } = this.#options;
    log.warn('the plugins have changed but cannot be used: those loaded before go on', {
      reason: describe(error),
    });
    onReload('failed');
  }

  async #load(plugins: readonly Plugin[]): Promise<PluginHost> {
    const { defaults, log } = this.#options;
    const host = new PluginHost({ plugins, defaults, log });
    try {
      await host.start();
      return host;
    } catch (error) {
      await host.close();
      throw error;
    }
  }
}

function fingerprint(plugins: readonly Plugin[]): string {
  return JSON.stringify(plugins);
}
