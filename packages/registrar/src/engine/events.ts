import { object } from './document.ts';
import type { ContainerEvent } from './engine.ts';
import { signalNumber } from './signals.ts';

/** What names may depend on; the last of them is Swarm's. */
export const EVENT_TYPES = ['container', 'network', 'service'] as const;

/**
 * What may change a container's names or whether it has any, and a service's. Asked for by name, because every health
 * check makes three events that are none of these.
 */
export const EVENT_ACTIONS = [
  'start',
  'die',
  'died',
  'stop',
  'kill',
  'restart',
  'pause',
  'unpause',
  'rename',
  'destroy',
  'update',
  'health_status',
  'connect',
  'disconnect',
  'create',
  'remove',
] as const;

/** The Engine puts all of a container's labels into each event, and they may be megabytes: no longer line is kept. */
const LONGEST_LINE = 1 << 20;
/** As much of a longer one is: what has happened, and to whom, stands before the labels. */
const KEPT = 4_096;
const BEGINNING = /"Type":"(\w+)","Action":"([\w: ]+)","Actor":\{"ID":"(\w+)"/;

/** Reads a stream of JSON lines, however it was cut into pieces; what is no event is passed over. */
export async function* readEvents(pieces: AsyncIterable<string>): AsyncGenerator<ContainerEvent> {
  let rest = '';
  for await (const piece of pieces) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LONGEST_LINE) rest = rest.slice(0, KEPT);
    for (const line of lines) {
      const event = readEvent(line);
      if (event !== undefined) yield event;
    }
  }
}

/** One line of the stream; undefined for garbage and for events that change no name. */
export function readEvent(line: string): ContainerEvent | undefined {
  const { Type = 'container', Action, Actor, id, status } = jsonObject(line) ?? beginning(line);
  const { ID = id, Attributes } = object(Actor);
  const { container, signal } = object(Attributes);
  const action = Action ?? status;
  if (!EVENT_TYPES.some((type) => type === Type) || !isOurs(Type, action)) return undefined;
  // Docker names the network, and the container beside it; Podman the container alone.
  const subject = Type === 'network' ? (container ?? ID) : ID;
  if (typeof subject !== 'string' || subject === '' || typeof action !== 'string') return undefined;
  const sent = typeof signal === 'string' ? signalNumber(signal) : undefined;
  return {
    container: subject,
    action: actionOf(action),
    ...(sent !== undefined && { signal: sent }),
  };
}

/** A container that is made does not run yet; a service that is made is there; a network is nothing by itself. */
function isOurs(type: unknown, action: unknown): boolean {
  if (type === 'network') return action === 'connect' || action === 'disconnect';
  return type !== 'container' || action !== 'create';
}

/** `health_status: healthy` tells more than is asked for; Podman's word for `die` is `died`. */
function actionOf(action: string): string {
  const [word = action] = action.split(':');
  return word === 'died' ? 'die' : word;
}

function jsonObject(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return Object(JSON.parse(line));
  } catch {
    return undefined;
  }
}

function beginning(line: string): Readonly<Record<string, unknown>> {
  const [, Type, Action, ID] = BEGINNING.exec(line.slice(0, KEPT)) ?? [];
  return { Type, Action, Actor: { ID } };
}
