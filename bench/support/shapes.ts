import { createHash } from 'node:crypto';
import { EMPTY_SERVICE, encodeService, keyOf, type Service, type Write } from '@callsign/catalog';
import { type Host, questionsFor } from '../load/names.ts';
import { writeQuestions } from '../load/questions.ts';

/** A way in which very many records lie in a store, each with a name of its own that has its address alone. */
export interface Shape {
  readonly name: string;
  readonly host: (at: number) => Host;
  readonly record: (at: number) => Extract<Write, { kind: 'put' }>;
}

/** How many records what grows is measured with. */
export const SIZES = [1_000, 10_000, 100_000, 1_000_000];
/** A million records are more than etcd's usual quota of 2 GB takes with its history. */
export const ETCD_QUOTA = '--quota-backend-bytes=8589934592';

const ZONE = 'dev.docker.';
const INSTANCES = 10;

export const FLAT: Shape = {
  name: 'flat',
  host: (at) => ({ name: `h${at}.${ZONE}`, address: addressOf(at) }),
  record: (at) => put(`h${at}.${ZONE}`, { host: addressOf(at), ttl: 300 }),
};

export const REGISTERED: Shape = {
  name: 'from the registrar',
  host: (at) => ({ name: `${instanceOf(at)}.${ZONE}`, address: addressOf(at) }),
  record: registered,
};

/** The records of a shape from one to before another. */
export function* recordsOf(shape: Shape, from: number, to: number): Generator<ReturnType<Shape['record']>> {
  for (let at = from; at < to; at += 1) yield shape.record(at);
}

/** Writes a file with a question for each of so many records. */
export function writeQuestionsFor(file: string, shape: Shape, records: number): void {
  writeQuestions(file, questionsFor(Array.from({ length: records }, (_, at) => shape.host(at))));
}

/** One container: ten of them are instances of one service. */
function registered(at: number): ReturnType<Shape['record']> {
  const container = createHash('sha256').update(String(at)).digest('hex');
  return put(`${container.slice(0, 12)}.node1.default.${instanceOf(at)}.${ZONE}`, {
    host: addressOf(at),
    port: 80,
    ttl: 30,
    callsign: {
      owner: 'node1',
      source: 'docker',
      container,
      image: 'registry.example.org/shop/web:1.2',
      network: 'bridge',
      protocol: 'tcp',
      plugin: 'default',
    },
  });
}

function instanceOf(at: number): string {
  const service = Math.floor(at / INSTANCES);
  return `web${service}-${at % INSTANCES}.web${service}`;
}

function put(name: string, service: Partial<Service>): ReturnType<Shape['record']> {
  return { kind: 'put', key: keyOf(name), value: encodeService({ ...EMPTY_SERVICE, ...service }) };
}

function addressOf(at: number): string {
  return `10.${(at >> 16) & 255}.${(at >> 8) & 255}.${at & 255}`;
}
