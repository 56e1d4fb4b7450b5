import { Engine } from '../test/support/engine.ts';
import type { EngineEvent } from '../test/support/engine-events.ts';
import { Etcd } from '../test/support/etcd.ts';
import { Callsign } from '../test/support/process.ts';
import { type Figure, progress, report, spread } from './support/figures.ts';
import { ended } from './support/parts.ts';
import { Probe } from './support/probe.ts';

const CONTAINERS = 200;
const IMAGE = 'bench:1';

interface Moment {
  readonly name: string;
  readonly answered: number;
  readonly gone: number;
}

/**
 * How soon after the Engine's own event a container's name is answered, and how soon after its death it is not:
 * a real Engine, a real etcd, registrar and nameserver as processes of their own, one container after another.
 */
export async function firstAnswer(): Promise<void> {
  const stack = new AsyncDisposableStack();
  try {
    const engine = stack.adopt(await Engine.start(), (one) => one.stop());
    const etcd = stack.adopt(await Etcd.start(), (one) => one.close());
    await engine.importImage(IMAGE);
    const store = ['--store', `etcd://127.0.0.1:${etcd.port}/skydns`];
    const serve = ['--dns', '127.0.0.1:0', '--http', '127.0.0.1:0', '--nameserver', 'none'];
    const nameserver = stack.adopt(await Callsign.serving(['nameserver', ...store, ...serve]), ended);
    const docker = ['--docker', `unix://${engine.socket}`, '--http', '127.0.0.1:0'];
    stack.adopt(await Callsign.serving(['registrar', ...store, ...docker]), ended);
    const probe = stack.adopt(await Probe.open(nameserver.dns), async (one) => one.close());
    const { events } = await engine.events();
    const moments = await measure(engine, probe);
    report('from the Engine’s event to the answer', figures(events, moments));
  } finally {
    await stack.disposeAsync();
  }
}

async function measure(engine: Engine, probe: Probe): Promise<Moment[]> {
  const moments: Moment[] = [];
  for (let at = 0; at < CONTAINERS; at += 1) {
    const name = `c${at}`;
    const owner = `${name}.bench.dev.docker`;
    const first = probe.until(owner, ({ addresses }) => addresses.length === 1);
    await engine.run(name, IMAGE);
    const answered = await first;
    const last = probe.until(owner, ({ rcode }) => rcode === 'NXDOMAIN');
    await engine.docker('kill', name);
    moments.push({ name, answered, gone: await last });
    if ((at + 1) % 50 === 0) progress(`${at + 1} of ${CONTAINERS} containers`);
  }
  return moments;
}

/** Counted from the Engine's own time of each event. */
function figures(events: readonly EngineEvent[], moments: readonly Moment[]): Figure[] {
  const times = new Map(events.map(({ action, name, happened }) => [`${action} ${name}`, happened]));
  const since = (action: string, name: string) => times.get(`${action} ${name}`) ?? Number.NaN;
  const started = moments.map(({ name, answered }) => answered - since('start', name));
  const died = moments.map(({ name, gone }) => gone - since('die', name));
  return [spread('start to first right answer', started), spread('die to NXDOMAIN', died)];
}
