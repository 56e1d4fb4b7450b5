import { randomInt } from 'node:crypto';
import { isIP } from 'node:net';
import { ownerName } from '@callsign/catalog';
import {
  CallsignError,
  describe,
  formatSocketAddress,
  list,
  OptionsError,
  option,
  type SocketAddress,
  socketAddress,
  toggle,
  wholeNumber,
} from '@callsign/daemon';
import { askUpstream, decodeMessage, encodeQuestion, type Over, reverseName, typeOf } from '@callsign/dns';
import { defineCommand } from '../command/command.ts';
import { EXIT } from '../command/exit.ts';
import { JSON_OPTION } from '../command/json-option.ts';
import { paintFor } from '../command/paper.ts';
import { reachable } from '../command/reachable.ts';
import { type Answered, answerDocument, answerLines, answerValues } from './answered.ts';

interface Asked {
  readonly name: string;
  readonly type: number;
}

/** How long to wait for each server. */
interface Patience {
  readonly ms: number;
  /** Ends all waiting. */
  readonly stop: AbortSignal;
}

/** Asks DNS as any client would. Exit code 0 when there are records, 1 when there are none. */
export const resolve = defineCommand({
  name: 'resolve',
  text: 'asks a nameserver over DNS, and shows what it answers',
  words: 'NAME|IP [TYPE]',
  options: () => ({
    server: list({
      flag: 'server',
      value: 'IP[:PORT]',
      fallback: ['127.0.0.1:53', '127.0.0.1:1053'],
      once: true,
      text: 'who is asked; may be repeated, the first that answers counts',
      parse: serverAddress,
    }),
    tcp: toggle({
      flag: 'tcp',
      once: true,
      text: 'ask over TCP, as is done anyway for what is too large for UDP',
    }),
    timeout: option({
      flag: 'timeout',
      value: 'SECONDS',
      fallback: '3',
      once: true,
      text: 'how long to wait for a server',
      parse: wholeNumber(1, 60),
    }),
    short: toggle({ flag: 'short', once: true, text: "print the records' values alone" }),
    json: JSON_OPTION,
  }),
  examples: [
    ['resolve redis.dev.docker', 'addresses'],
    ['resolve redis.dev.docker SRV', 'hosts and port numbers'],
    ['resolve 172.17.0.2', 'whose address is it?'],
    ['resolve redis.dev.docker --server 10.0.0.2:1053 --short', 'as another server has it, for a script'],
  ],
  run: async (host, { server, tcp, timeout, short, json }, words) => {
    const over = tcp ? 'tcp' : 'udp';
    const patience = { ms: timeout * 1_000, stop: host.stop };
    const answered = await firstAnswer(server, questionOf(words), over, patience);
    const long = () => (json ? [answerDocument(answered)] : answerLines(answered, paintFor(host)));
    for (const line of short ? answerValues(answered) : long()) host.print(line);
    return answered.message.answer.length > 0 ? EXIT.yes : EXIT.no;
  },
});

/** Who is asked for names is not asked by one: nobody may be there to tell whose it is. */
function serverAddress(text: string): SocketAddress {
  const server = reachable(socketAddress(53)(text));
  if (isIP(server.host) !== 0) return server;
  throw new Error(`"${text}" is not IP[:PORT], for example 127.0.0.1:1053 or [::1]:53`);
}

function questionOf([word, type, ...more]: readonly string[]): Asked {
  if (word === undefined || more.length > 0)
    throw new OptionsError(['NAME or IP is needed, a type may follow, and nothing besides']);
  try {
    const reverse = reverseName(word);
    const name = reverse ?? (word === '.' ? word : ownerName(word));
    return { name, type: typeOf(type ?? (reverse === undefined ? 'A' : 'PTR')) };
  } catch (error) {
    throw new OptionsError([describe(error)]);
  }
}

async function firstAnswer(
  servers: readonly SocketAddress[],
  { name, type }: Asked,
  over: Over,
  { ms, stop }: Patience,
): Promise<Answered> {
  const silent: string[] = [];
  for (const from of servers) {
    const began = performance.now();
    try {
      const query = encodeQuestion(randomInt(2 ** 16), name, type);
      const signal = AbortSignal.any([stop, AbortSignal.timeout(ms)]);
      const bytes = await askUpstream(from, query, { over, signal });
      return { message: decodeMessage(bytes), from, milliseconds: performance.now() - began };
    } catch (error) {
      stop.throwIfAborted();
      // Whom it tells of is named already.
      silent.push(
        `no answer from ${formatSocketAddress(from)}: ${describe((error as Error).cause ?? error)}`,
      );
    }
  }
  throw new CallsignError('SERVER_UNREACHABLE', silent.join('; '), {
    cure: 'Name another by --server IP:PORT',
  });
}
