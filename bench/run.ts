import { ancestor } from './ancestor.ts';
import { answers } from './answers.ts';
import { busy } from './busy.ts';
import { changes } from './changes.ts';
import { cores } from './cores.ts';
import { firstAnswer } from './first-answer.ts';
import { footprint } from './footprint.ts';
import { forwarding } from './forwarding.ts';
import { growth } from './growth.ts';
import { latency } from './latency.ts';
import { plots } from './plots.ts';
import { pluginCall } from './plugin-call.ts';
import { registrar } from './registrar.ts';
import { scale } from './scale.ts';
import { streams } from './streams.ts';
import { throughput } from './throughput.ts';

/** The parts that can be measured; `npm run bench -- PART …` chooses, all of them otherwise. */
const PARTS: Readonly<Record<string, () => Promise<void>>> = {
  ancestor,
  answers,
  busy,
  changes,
  cores,
  'first-answer': firstAnswer,
  footprint,
  forwarding,
  growth,
  latency,
  scale,
  streams,
  throughput,
  'plugin-call': pluginCall,
  registrar,
};

/** Not a measurement: asked for by name alone. */
const DRAWING: typeof PARTS = { plots };

const asked = process.argv.slice(2);
const all = { ...PARTS, ...DRAWING };
const unknown = asked.filter((name) => !Object.hasOwn(all, name));
if (unknown.length > 0) {
  process.stderr.write(`no such part: ${unknown.join(', ')}; there are ${Object.keys(all).join(', ')}\n`);
  process.exit(78);
}
for (const name of asked.length > 0 ? asked : Object.keys(PARTS)) await all[name]?.();
