import assert from 'node:assert/strict';
import type { Change, Entry } from '@callsign/catalog';
import fc from 'fast-check';
import { answering, entriesOf, type Seen } from './support/answering.ts';

const TYPES = ['A', 'AAAA', 'TXT', 'SRV', 'MX', 'HTTPS', 'CNAME', 'NS'];
const VALUES: readonly object[] = [
  { host: '10.0.0.1', port: 80, ttl: 60 },
  { host: '10.0.0.1', port: 80, ttl: 20, callsign: { source: 'docker' } },
  { host: '10.0.0.2', port: 80, callsign: { source: 'docker', alias: true } },
  { host: '10.0.0.2', port: 80, priority: 20, callsign: { source: 'dnsdock', alias: true } },
  { host: '10.0.0.3', port: 443, mail: true, callsign: { scheme: 'https', alpn: ['h2'] } },
  { host: '10.0.0.4', port: 443, targetstrip: 1, weight: 30, callsign: { scheme: 'https' } },
  { host: '2001:db8::4', port: 443, targetstrip: 1, callsign: { scheme: 'https', portname: 'http' } },
  { host: 'b.docker', ttl: 50 },
  { host: 'b.docker', ttl: 10, port: 25, mail: true },
  { host: 'a.c.docker', text: 'an alias' },
  { host: 'www.example.org', ttl: 40 },
  { host: 'www.example.org', ttl: 30 },
  { host: 'mx.example.org', mail: true },
  { host: '10.0.0.5', group: 'blue' },
  { host: '10.0.0.6', group: 'green', text: 'green' },
  { text: 'alone' },
];

type Step = readonly [key: string, value: object | undefined];

const label = fc.constantFrom('a', 'b', 'b-c', 'c', '*');
const key = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => ['docker', ...labels].join('/'));
const steps = fc.array(fc.tuple(key, fc.constantFrom(undefined, ...VALUES)), { minLength: 1, maxLength: 40 });
const options = { domains: ['docker.'], catchAll: true };

/** With room for all: what is left out of a reply is another part of it each time. */
const WHOLE = { transport: 'tcp' } as const;
const REVERSE = ['1.0.0.10.in-addr.arpa', '2.0.0.10.in-addr.arpa'].map((name) => [name, 'PTR'] as const);

describe('what led to a zone', () => {
  it('makes no difference to its answers, but for the order of their records', async () => {
    const property = fc.asyncProperty(steps, async (all) => {
      const [listed, followed] = [answering({ ...options, entries: listOf(all) }), following(all)];
      for (const [name, type] of questionsFor(all)) {
        const [expected, told] = [await listed.ask(name, type, WHOLE), await followed.ask(name, type, WHOLE)];
        assert.deepEqual(inAnyOrder(told), inAnyOrder(expected), `${name} ${type}`);
      }
    });
    await fc.assert(property, { numRuns: 50 });
  });
});

/** What a store lists in the end: ordered by key. */
function listOf(all: readonly Step[]): Entry[] {
  const kept = [...new Map(all)].flatMap(([key, value]) =>
    value === undefined ? [] : [[key, value] as const],
  );
  return entriesOf(Object.fromEntries(kept.toSorted(([a], [b]) => (a < b ? -1 : 1))));
}

/** A zone that was empty and has followed every change. */
function following(all: readonly Step[]) {
  const server = answering({ ...options, entries: [] });
  for (const [key, value] of all) {
    const changes = value === undefined ? [{ kind: 'delete', key } as const] : putsOf({ [key]: value });
    server.apply({ revision: 1, changes });
  }
  return server;
}

function putsOf(values: Record<string, object>): Change[] {
  return entriesOf(values).map((entry) => ({ kind: 'put', entry }));
}

/** Of each name that ever was, of those above it, and of some below it that are stored nowhere. */
function questionsFor(all: readonly Step[]): (readonly [name: string, type: string])[] {
  const names = all.map(([key]) => key.split('/').toReversed());
  const stored = [...new Set(names.flatMap((name) => name.map((_, at) => name.slice(at).join('.'))))];
  const below = (prefix: string) => stored.map((name) => `${prefix}.${name}`);
  return [
    ...stored.flatMap((name) => TYPES.map((type) => [name, type] as const)),
    ...below('other').flatMap((name) => ['A', 'SRV', 'HTTPS'].map((type) => [name, type] as const)),
    ...below('_http._tcp').map((name) => [name, 'SRV'] as const),
    ...REVERSE,
  ];
}

function inAnyOrder({ answer, ns, extra, ...seen }: Seen) {
  return { ...seen, answer: answer.toSorted(), ns: ns.toSorted(), extra: extra.toSorted() };
}
