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

/** The longest line that is taken for an event: the Engine puts a container's labels into it. */
const LONGEST_LINE = 1 << 20;

/** Reads a stream of JSON lines, however it was cut into pieces; what is no event is passed over. */
export async function* readEvents(pieces: AsyncIterable<string>): AsyncGenerator<ContainerEvent> {
  let rest = '';
  for await (const piece of pieces) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LONGEST_LINE) throw new Error('the event stream has a line without an end');
    for (const line of lines) {
      const event = readEvent(line);
      if (event !== undefined) yield event;
    }
  }
}

/** One line of the stream; undefined for garbage and for events that change no name. */
export function readEvent(line: string): ContainerEvent | undefined {
  const { Type = 'container', Action, Actor, id, status } = jsonObject(line);
  const { ID, Attributes } = (Actor ?? {}) as Record<string, unknown>;
  const { container, signal } = (Attributes ?? {}) as Record<string, unknown>;
  const subject = Type === 'network' ? container : (ID ?? id);
  const action = Action ?? status;
  if (!EVENT_TYPES.some((type) => type === Type)) return undefined;
  // A container that is made does not run yet; a service that is made is there.
  if (Type === 'container' && action === 'create') return undefined;
  if (typeof subject !== 'string' || subject === '' || typeof action !== 'string') return undefined;
  const sent = typeof signal === 'string' ? signalNumber(signal) : undefined;
  return {
    container: subject,
    action: actionOf(action),
    ...(sent !== undefined && { signal: sent }),
  };
}

/** `health_status: healthy` tells more than is asked for; Podman's word for `die` is `died`. */
function actionOf(action: string): string {
  const [word = action] = action.split(':');
  return word === 'died' ? 'die' : word;
}

function jsonObject(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
