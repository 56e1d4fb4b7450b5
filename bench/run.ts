import { ancestor } from './ancestor.ts';
import { answers } from './answers.ts';
import { firstAnswer } from './first-answer.ts';
import { footprint } from './footprint.ts';
import { forwarding } from './forwarding.ts';
import { latency } from './latency.ts';
import { pluginCall } from './plugin-call.ts';
import { registrar } from './registrar.ts';
import { streams } from './streams.ts';
import { throughput } from './throughput.ts';

/** The parts that can be measured; `npm run bench -- PART …` chooses, all of them otherwise. */
const PARTS: Readonly<Record<string, () => Promise<void>>> = {
  ancestor,
  answers,
  'first-answer': firstAnswer,
  footprint,
  forwarding,
  latency,
  streams,
  throughput,
  'plugin-call': pluginCall,
  registrar,
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(PARTS, name));
if (unknown.length > 0) {
  process.stderr.write(`no such part: ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}\n`);
  process.exit(78);
}
for (const name of asked.length > 0 ? asked : Object.keys(PARTS)) await PARTS[name]?.();
