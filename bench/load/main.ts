import { text } from 'node:stream/consumers';
import { type Load, runLoad } from './load.ts';

/** A process of its own, so that it can be bound to a core: reads a load, prints what came of it. */
process.stdout.write(JSON.stringify(runLoad(JSON.parse(await text(process.stdin)) as Load)));
