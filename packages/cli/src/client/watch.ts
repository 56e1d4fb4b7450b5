import { isWithin, ownerName } from '@callsign/catalog';
import {
  CallsignError,
  describe,
  OptionsError,
  optional,
  printable,
  systemClock,
  waitAfter,
  wholeNumber,
} from '@callsign/daemon';
import type { ShownService } from '@callsign/nameserver';
import { defineCommand } from '../command/command.ts';
import { EXIT } from '../command/exit.ts';
import type { Host } from '../command/host.ts';
import { JSON_OPTION } from '../command/json-option.ts';
import { type Paint, paintFor } from '../command/paper.ts';
import { NameserverApi, REST_OPTIONS } from './nameserver-api.ts';
import { oneWordAtMost } from './one-word.ts';

/** One change; a `reset` says that all is told anew from here. */
interface Change {
  readonly event: 'put' | 'delete' | 'reset';
  readonly service: Partial<ShownService>;
}

/** Goes on until it is stopped, over restarts of the nameserver; exit code 69 when there is none at the beginning. */
export const watch = defineCommand({
  name: 'watch',
  text: 'shows what comes, changes and goes, as it happens',
  words: '[NAME]',
  options: () => ({
    after: optional({
      flag: 'after',
      value: 'REVISION',
      once: true,
      text: 'begin with what happened after that [now]',
      parse: wholeNumber(0, Number.MAX_SAFE_INTEGER),
    }),
    ...REST_OPTIONS,
    json: JSON_OPTION,
  }),
  examples: [
    ['watch', 'every change'],
    ['watch redis.dev.docker', 'what is called so, and all below it'],
    ['watch --json --after 1763719200', 'for programs, a line for each change, from a revision on'],
  ],
  run: async (host, values, words) => {
    const name = oneWordAtMost('NAME', words);
    const below = name === undefined ? undefined : nameOf(name);
    const paint = paintFor(host);
    for await (const change of changes(host, new NameserverApi(host, values), values.after)) {
      if (below !== undefined && change.event !== 'reset' && !isWithin(change.service.name ?? '.', below))
        continue;
      host.print(values.json ? jsonLine(change) : line(change, paint));
    }
    return EXIT.yes;
  },
});

function nameOf(word: string): string {
  try {
    return ownerName(word);
  } catch (error) {
    throw new OptionsError([describe(error)]);
  }
}

/** How far a watch has come. */
interface Reached {
  after: number | undefined;
  hasBegun: boolean;
  /** Streams in a row that brought nothing. */
  failures: number;
}

/** Every change after a revision. A stream that is cut is taken up where it was; one that never began is an error. */
async function* changes(
  host: Host,
  api: NameserverApi,
  after: number | undefined,
): AsyncGenerator<Change, void> {
  const reached: Reached = { after, hasBegun: false, failures: 0 };
  for (; !host.stop.aborted; reached.failures += 1) {
    try {
      yield* untilCut(api, reached);
    } catch (error) {
      if (host.stop.aborted) return;
      if (!reached.hasBegun || !(error instanceof CallsignError && error.retryable)) throw error;
      if (reached.failures === 0) host.logLine(`callsign watch: ${error.message}; asking again`);
    }
    await systemClock.sleep(waitAfter(reached.failures), host.stop).catch(() => undefined);
  }
}

async function* untilCut(api: NameserverApi, reached: Reached): AsyncGenerator<Change, void> {
  for await (const { id, event, data } of api.events('/v1/events', { after: reached.after })) {
    reached.hasBegun = true;
    reached.failures = 0;
    if (id !== undefined) reached.after = Number(id);
    if (data !== '') yield changeOf(event, data);
  }
}

function changeOf(event: string, data: string): Change {
  return { event: event as Change['event'], service: JSON.parse(data) as Partial<ShownService> };
}

function jsonLine({ event, service }: Change): string {
  return JSON.stringify({ event, ...service });
}

function line({ event, service }: Change, paint: Paint): string {
  switch (event) {
    case 'put':
      return `${paint('green', 'put   ')}  ${printable(told(service))}`;
    case 'delete':
      return `${paint('red', 'delete')}  ${printable(service.name ?? '')}`;
    case 'reset':
      return `${paint('yellow', 'reset ')}  what there is follows`;
    default:
      return event satisfies never;
  }
}

function told({ name = '', host = '', port = 0, text = '', callsign }: Partial<ShownService>): string {
  const keeper = callsign?.owner ?? callsign?.source;
  const words = [name, host, port > 0 && `port ${port}`, text, keeper !== undefined && `(${keeper})`];
  return words.filter(Boolean).join(' ');
}
