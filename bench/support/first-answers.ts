import type { Engine } from '../../test/support/engine.ts';
import type { EngineEvent } from '../../test/support/engine-events.ts';
import { progress } from './figures.ts';
import type { Probe } from './probe.ts';

const IMAGE = 'bench';

/** From an Engine's own time of an event to the answer that shows it, for one container after another; milliseconds. */
export interface FirstAnswers {
  /** From `start` to the first right answer. */
  readonly started: readonly number[];
  /** From `die` to NXDOMAIN. */
  readonly died: readonly number[];
}

interface Moment {
  readonly name: string;
  readonly answered: number;
  readonly gone: number;
}

/** Makes the image of which the containers are. */
export async function prepareFirstAnswers(engine: Engine): Promise<void> {
  await engine.importImage(`${IMAGE}:1`);
}

/** Starts and kills containers of these names, and asks for each once a millisecond; before them one that does not count. */
export async function firstAnswers(
  engine: Engine,
  probe: Probe,
  names: readonly string[],
): Promise<FirstAnswers> {
  const { events } = await engine.events();
  // A registrar first reads what there is in the store.
  await oneContainer(engine, probe, `before-${names[0]}`);
  const moments: Moment[] = [];
  for (const name of names) {
    moments.push(await oneContainer(engine, probe, name));
    if (moments.length % 50 === 0) progress(`${moments.length} of ${names.length} containers`);
  }
  return since(events, moments);
}

async function oneContainer(engine: Engine, probe: Probe, name: string): Promise<Moment> {
  const owner = `${name}.${IMAGE}.dev.docker`;
  const first = probe.until(owner, ({ addresses }) => addresses.length === 1);
  await engine.run(name, `${IMAGE}:1`);
  const answered = await first;
  const last = probe.until(owner, ({ rcode }) => rcode === 'NXDOMAIN');
  await engine.docker('kill', name);
  return { name, answered, gone: await last };
}

function since(events: readonly EngineEvent[], moments: readonly Moment[]): FirstAnswers {
  const times = new Map(events.map(({ action, name, happened }) => [`${action} ${name}`, happened]));
  const time = (action: string, name: string) => times.get(`${action} ${name}`) ?? Number.NaN;
  return {
    started: moments.map(({ name, answered }) => answered - time('start', name)),
    died: moments.map(({ name, gone }) => gone - time('die', name)),
  };
}
