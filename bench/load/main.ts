import { text } from 'node:stream/consumers';
import type { ClientResult } from './field.ts';
import { type Load, runLoad } from './load.ts';
import { runStreams } from './streams.ts';

/** A process of its own, so that it can be bound to a core: reads a load, prints what came of it. */
const load = JSON.parse(await text(process.stdin)) as Load;
const before = process.cpuUsage();
const result = load.over === 'udp' ? runLoad(load) : await runStreams(load);
const { user, system } = process.cpuUsage(before);
const told: ClientResult = { ...result, cpuSeconds: (user + system) / 1e6 };
process.stdout.write(JSON.stringify(told));
