import { Engine } from '../test/support/engine.ts';
import { Etcd } from '../test/support/etcd.ts';
import { Callsign } from '../test/support/process.ts';
import { report, spread } from './support/figures.ts';
import { firstAnswers, prepareFirstAnswers } from './support/first-answers.ts';
import { ended } from './support/parts.ts';
import { Probe } from './support/probe.ts';

const CONTAINERS = 200;

/**
 * How soon after the Engine's own event a container's name is answered, and how soon after its death it is not:
 * a real Engine, a real etcd, registrar and nameserver as processes of their own, one container after another.
 */
export async function firstAnswer(): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const engine = stack.adopt(await Engine.start(), (one) => one.stop());
  const etcd = stack.adopt(await Etcd.start(), (one) => one.close());
  await prepareFirstAnswers(engine);
  const store = ['--store', `etcd://127.0.0.1:${etcd.port}/skydns`];
  const serve = ['--dns', '127.0.0.1:0', '--http', '127.0.0.1:0', '--nameserver', 'none'];
  const nameserver = stack.adopt(await Callsign.serving(['nameserver', ...store, ...serve]), ended);
  const docker = ['--docker', `unix://${engine.socket}`, '--http', '127.0.0.1:0'];
  stack.adopt(await Callsign.serving(['registrar', ...store, ...docker]), ended);
  const probe = stack.adopt(await Probe.open(nameserver.dns), async (one) => one.close());
  const names = Array.from({ length: CONTAINERS }, (_, at) => `c${at}`);
  const { started, died } = await firstAnswers(engine, probe, names);
  report('from the Engine’s event to the answer', [
    spread('start to first right answer', started),
    spread('die to NXDOMAIN', died),
  ]);
}
