import { text } from 'node:stream/consumers';
import { type Load, runLoad } from './load.ts';
import { runStreams } from './streams.ts';

/** A process of its own, so that it can be bound to a core: reads a load, prints what came of it. */
const load = JSON.parse(await text(process.stdin)) as Load;
process.stdout.write(JSON.stringify(load.over === 'udp' ? runLoad(load) : await runStreams(load)));
