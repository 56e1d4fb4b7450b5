import { Bridge } from './support/bridge.ts';
import { Child } from './support/child.ts';
import { Namespace } from './support/namespace.ts';
import { ownedFolder } from './support/owned.ts';

/** A run that makes a folder, a network namespace with a process in it, and a bridge, and says so. To be killed. */
const folder = await ownedFolder('test');
const namespace = await Namespace.make('left');
const bridge = await Bridge.claim();
const { pid } = new Child(...namespace.enter('sleep', ['infinity']));
process.stderr.write(`made ${folder} /run/netns/${namespace.name} /sys/class/net/${bridge.name} ${pid}\n`);
