import ivm from 'isolated-vm';
import { isService } from './container.ts';
import { globals } from './globals.ts';
import {
  type Answer,
  type GuestLimits,
  LONGEST_REPORT,
  type Plugin,
  type PluginDefaults,
} from './messages.ts';
import { type Inside, prelude } from './prelude.ts';

/** What one call came to. */
interface Call {
  /** True: the next plugin is to be asked. */
  readonly passed: boolean;
  /** As JSON. */
  readonly report: string;
}

interface Own {
  readonly limits: GuestLimits;
  readonly call: ivm.Reference<Inside['call']>;
  readonly createService: ivm.Reference;
  /** Texts of which a container must have one, to be worth a call; undefined: every one is. */
  readonly onlyWith: readonly string[] | undefined;
  /** True: it is asked about services of a Swarm as well. */
  readonly services: boolean;
}

/**
 * A plugin in an isolate of its own, kept between calls as skydock kept its runtime. Lives in the guest's
 * process; the only file that knows isolated-vm.
 */
export class Guest {
  readonly #limits: Own['limits'];
  readonly #call: Own['call'];
  readonly #createService: Own['createService'];
  readonly #onlyWith: Own['onlyWith'];
  readonly #services: Own['services'];

  private constructor(own: Own) {
    this.#limits = own.limits;
    this.#call = own.call;
    this.#createService = own.createService;
    this.#onlyWith = own.onlyWith;
    this.#services = own.services;
  }

  /** Runs the script once; throws what it throws, and when it leaves no `createService` behind. */
  static async load(plugin: Plugin, defaults: PluginDefaults, limits: GuestLimits): Promise<Guest> {
    const isolate = new ivm.Isolate({ memoryLimit: limits.memoryMb, onCatastrophicError: endProcess });
    const context = await isolate.createContext();
    const code = `return (${String(prelude)})($0, ${String(globals)})`;
    const inside = context.evalClosureSync(code, [{ ...defaults }], {
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
    const call = inside.getSync('call', { reference: true });
    const onlyWith = textsOf(await context.eval(ONLY_WITH, { timeout: limits.timeoutMs }));
    const services = (await context.eval(SERVICES, { timeout: limits.timeoutMs })) === true;
    return new Guest({ limits, call, createService, onlyWith, services });
  }

  /** False for a container that the plugin says beforehand it will pass. */
  isFor(container: string): boolean {
    if (isService(container) && !this.#services) return false;
    return this.#onlyWith?.some((text) => container.includes(text)) ?? true;
  }

  /** Throws when the isolate had to stop the script, whichever container it was busy with. */
  async call(containers: readonly string[]): Promise<readonly Call[]> {
    const inside = [this.#createService.derefInto(), containers.join('\n')];
    const text: unknown = await this.#call.apply(undefined, inside as never, {
      timeout: this.#limits.timeoutMs,
    });
    const reports = typeof text === 'string' ? text.split('\n') : [];
    if (reports.length !== containers.length) throw new Error('answered nonsense');
    return reports.map(readCall);
  }
}

/** A class or a `const` is no property of the global object, so it is looked up by name. */
const FIND = "typeof createService === 'function' ? createService : undefined";

/** Reading may run the script's own getter, so it is read inside, and distrusted here. */
const ONLY_WITH = 'JSON.stringify(createService.onlyWith)';
const SERVICES = 'createService.services === true';

function textsOf(json: unknown): readonly string[] | undefined {
  const texts: unknown = typeof json === 'string' ? JSON.parse(json) : undefined;
  const isList = Array.isArray(texts) && texts.every((text) => typeof text === 'string');
  return isList ? texts : undefined;
}

const TOO_LONG: Call = {
  passed: false,
  report: '{"refused":"returned more than can be taken","console":[]}',
};

function readCall(line: string): Call {
  if (line.length > LONGEST_REPORT) return TOO_LONG;
  return { passed: line.startsWith('-'), report: line.slice(1) };
}

/** isolated-vm's own sentences: a script's error may speak of memory, too. It disposes of an isolate that takes too much. */
const TIMED_OUT = /^Script execution timed out/;
const DISPOSED = /^Isolated? (?:is|is already|was) disposed/;

/** What the isolate says when it had to stop a script, or when the script did not run at all. */
export function stopped(plugin: number, error: unknown): Answer {
  const message = error instanceof Error ? error.message : String(error);
  const because = (failure: 'threw' | 'timeout' | 'memory', reason: string): Answer => {
    return { kind: 'stopped', plugin, failure, reason };
  };
  if (TIMED_OUT.test(message)) return because('timeout', 'took too long');
  if (DISPOSED.test(message)) return because('memory', 'used more memory than it may');
  return because('threw', `${message}${placeOf(error)}`);
}

/** Where in the script it happened, as ` [a.js:2:5]`; a message about its syntax says so itself. */
function placeOf(error: unknown): string {
  const { stack = '' } = Object(error) as { readonly stack?: string };
  const place = /^ +at (?:.*\()?((?!file:|node:)[^()\s]+:\d+:\d+)\)?$/m.exec(stack)?.[1];
  return place === undefined ? '' : ` [${place}]`;
}

/** V8 has lost control of the isolate: nothing in this process can be relied on any more. */
function endProcess(): void {
  process.kill(process.pid, 'SIGKILL');
}
