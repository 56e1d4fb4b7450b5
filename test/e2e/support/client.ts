import type { Engine } from '../../support/engine.ts';
import { eventually } from '../../support/wait.ts';

/** A container that asks for names by its own C library, as a program in it would. */
export class Client {
  readonly #engine: Engine;
  readonly #name: string;

  private constructor(engine: Engine, name: string) {
    this.#engine = engine;
    this.#name = name;
  }

  /** Asks the nameserver on the Engine's bridge; `wanted` all the time from now on, and notes what comes of it. */
  static async start(engine: Engine, image: string, wanted: string): Promise<Client> {
    const name = 'client';
    const ask = `getent ahostsv4 ${wanted} || echo failed: $?`;
    const script = `while sleep 0.1; do { ${ask}; } >> /tmp/heard; done`;
    const how = ['--detach', '--init', '--name', name, '--dns', engine.bridge.gateway];
    await engine.docker('run', ...how, image, 'sh', '-c', script);
    return new Client(engine, name);
  }

  /** The addresses that a name has now, sorted; none when it has none. */
  async addresses(name: string): Promise<string[]> {
    return addressesIn(await this.#shell(`getent ahostsv4 ${name} || test $? = 2`));
  }

  /**
   * What the permanent question was answered with that was asked since the last time, each kind of answer once:
   * addresses, and the exit codes of those that failed (getent(1)). A question that waits, for as long as 10 s after it
   * was lost, is answered into the file that there was when it was asked.
   */
  async heard(): Promise<string[]> {
    const said = await eventually(
      () => this.#shell('mv /tmp/heard /tmp/read && grep . /tmp/read'),
      20_000,
      100,
    );
    return [...new Set(said.match(/^failed: \d+$/gm) ?? []), ...addressesIn(said)];
  }

  /** Fails, among other things, while there is nothing to read yet. */
  async #shell(script: string): Promise<string> {
    return await this.#engine.docker('exec', this.#name, 'sh', '-c', script);
  }
}

function addressesIn(text: string): string[] {
  return [...new Set(text.match(/^\d+\.\d+\.\d+\.\d+/gm) ?? [])].toSorted();
}
