import ivm from 'isolated-vm';
import type { Answer, GuestLimits, Plugin, PluginDefaults } from './messages.ts';
import { LONGEST_RESULT } from './messages.ts';
import { type Inside, prelude } from './prelude.ts';

/**
 * A plugin in an isolate of its own, kept between calls as skydock kept its runtime. Lives in the guest's
 * process; the only file that knows isolated-vm.
 */
export class Guest {
  readonly #limits: GuestLimits;
  readonly #call: ivm.Reference<Inside['call']>;
  readonly #createService: ivm.Reference;

  private constructor(
    limits: GuestLimits,
    call: ivm.Reference<Inside['call']>,
    createService: ivm.Reference,
  ) {
    this.#limits = limits;
    this.#call = call;
    this.#createService = createService;
  }

  /** Runs the script once; throws what it throws, and when it leaves no `createService` behind. */
  static async load(plugin: Plugin, defaults: PluginDefaults, limits: GuestLimits): Promise<Guest> {
    const isolate = new ivm.Isolate({ memoryLimit: limits.memoryMb, onCatastrophicError: endProcess });
    const context = await isolate.createContext();
    const inside = context.evalClosureSync(`return (${String(prelude)})($0)`, [{ ...defaults }], {
      arguments: { copy: true },
      result: { reference: true },
    }) as ivm.Reference<Inside>;
    const install = inside.getSync('install', { reference: true });
    install.applySync();
    await context.eval(plugin.code, { timeout: limits.timeoutMs, filename: plugin.name });
    // Once more after the script, as skydock did it: a plugin's function of the same name gives way.
    install.applySync();
    const createService = context.evalSync(FIND, { reference: true }) as ivm.Reference;
    if (createService.typeof !== 'function') throw new Error('it has no function createService');
    return new Guest(limits, inside.getSync('call', { reference: true }), createService);
  }

  async call(container: string): Promise<Answer> {
    try {
      const inside = [this.#createService.derefInto(), container];
      const text: unknown = await this.#call.apply(undefined, inside as never, {
        timeout: this.#limits.timeoutMs,
      });
      return returned(text);
    } catch (error) {
      return stopped(error);
    }
  }
}

/** A class or a `const` is no property of the global object, so it is looked up by name. */
const FIND = "typeof createService === 'function' ? createService : undefined";

function returned(text: unknown): Answer {
  if (typeof text === 'string' && text.length <= LONGEST_RESULT) return { kind: 'returned', text };
  return { kind: 'stopped', failure: 'threw', reason: 'returned more than can be taken' };
}

/** What the isolate says when it had to stop a script, or when the script did not run at all. */
export function stopped(error: unknown): Answer {
  const message = error instanceof Error ? error.message : String(error);
  if (/timed out/.test(message)) return { kind: 'stopped', failure: 'timeout', reason: 'took too long' };
  if (/disposed|memory/.test(message)) {
    return { kind: 'stopped', failure: 'memory', reason: 'used more memory than it may' };
  }
  return { kind: 'stopped', failure: 'threw', reason: message };
}

/** V8 has lost control of the isolate: nothing in this process can be relied on any more. */
function endProcess(): void {
  process.kill(process.pid, 'SIGKILL');
}
