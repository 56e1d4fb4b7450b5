import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { put } from '@callsign/catalog';
import type { SocketAddress } from '@callsign/daemon';
import { parseNetwork, parseTsigKeys, TYPE, typeName } from '@callsign/dns';
import { exec } from '../../../test/support/exec.ts';
import { ManyQuestions } from '../../../test/support/many-questions.ts';
import { DIG, KNOTD, NSD, pathOf, requireParts } from '../../../test/support/parts.ts';
import { freePort } from '../../../test/support/ports.ts';
import { Secondary, type SecondaryKind, XFR_KEY } from '../../../test/support/secondary.ts';
import type { WireRecord, WireReply } from '../../../test/support/wire.ts';
import { type Compared, flattened, MEANT, type ServedNames } from './support/meant-differences.ts';
import { Dice, nameOf, randomQuestion, randomZone } from './support/random-zone.ts';
import { type Running, running } from './support/running.ts';

const QUESTIONS = Number(process.env.QUESTIONS ?? 10_000);
const SEED = Number(process.env.SEED ?? 2026);
const AT_ONCE = 128;
const DOMAIN = 'docker';

const MAKES = ['knotd', 'nsd'] as const satisfies readonly SecondaryKind[];

/** The servers that are asked, ours first. */
type Asked = readonly [ManyQuestions, ...ManyQuestions[]];

describe('what we answer, and what is answered by who has the zone from us', () => {
  before(function () {
    requireParts(this, DIG, KNOTD, NSD);
  });

  it('differs in nothing that the manual does not give a reason for', () => {
    const manual = readFileSync(new URL('../../../docs/zone-transfer.md', import.meta.url), 'utf8');
    const untold = MEANT.filter(({ difference }) => !manual.includes(`\n| ${difference} | `));
    assert.deepEqual(untold, []);
  });

  it(`is the same for ${QUESTIONS} questions`, async function () {
    this.timeout(300_000);
    const dice = new Dice(SEED);
    const stored = randomZone(dice, DOMAIN, 400);
    const options = { allowTransfer: [parseNetwork('127.0.0.1')], tsigKeys: parseTsigKeys(XFR_KEY.file) };
    await using server = await running({ ...options, domains: [`${DOMAIN}.`], udpThreads: 1 });
    const revision = await fill(server, stored);
    const primary = server.nameserver.dnsAddresses[0] as SocketAddress;
    await using knot = await Secondary.start('knotd', DOMAIN, await freePort(), primary);
    await using nsd = await Secondary.start('nsd', DOMAIN, await freePort(), primary);
    await Promise.all([knot, nsd].map((secondary) => secondary.serial(DOMAIN, revision)));
    await using us = await ManyQuestions.to(primary);
    await using toKnot = await ManyQuestions.to(knot.address);
    await using toNsd = await ManyQuestions.to(nsd.address);
    const keys = Object.keys(stored);
    const zone = servedNames(keys, await transferredNames(primary));
    const comparison = new Comparison([us, toKnot, toNsd], zone);
    let left = QUESTIONS;
    const askOn = async () => {
      while (left > 0) {
        left -= 1;
        const { name, type } = randomQuestion(dice, DOMAIN, keys);
        await comparison.ask(name, type);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, askOn));
    assert.deepEqual(comparison.found.slice(0, 3), []);
    const seen = new Set(comparison.meant.keys());
    assert.deepEqual(
      MEANT.map(({ difference }) => difference).filter((difference) => !seen.has(difference)),
      [],
    );
  });
});

class Comparison {
  readonly #asked: Asked;
  readonly #zone: ServedNames;
  /** Differences that nobody meant, for a person to read. */
  readonly found: string[] = [];
  /** How often each meant one was seen. */
  readonly meant = new Map<string, number>();

  constructor(asked: Asked, zone: ServedNames) {
    this.#asked = asked;
    this.#zone = zone;
  }

  /** Over UDP, and where they differ again over TCP, which has room for all of it. */
  async ask(name: string, type: number): Promise<void> {
    const quick = await this.#replies('ask', name, type);
    if (this.#differing(type, quick).length === 0) return;
    const replies = isMeantFor(name, type) ? quick : await this.#replies('askOverTcp', name, type);
    for (const make of this.#differing(type, replies)) this.#judge(make, name, type, replies);
  }

  #replies(how: 'ask' | 'askOverTcp', name: string, type: number): Promise<WireReply[]> {
    return Promise.all(this.#asked.map((server) => server[how](name, type)));
  }

  #differing(type: number, [ours, ...others]: readonly WireReply[]): SecondaryKind[] {
    return MAKES.filter((make, at) => {
      const [we, they] = this.#written(make, type, ours as WireReply, others[at] as WireReply);
      return we !== they;
    });
  }

  #judge(make: SecondaryKind, name: string, type: number, [ours, ...others]: readonly WireReply[]): void {
    const theirs = others[MAKES.indexOf(make)] as WireReply;
    const compared: Compared = { name: name.toLowerCase(), type, ours: ours as WireReply, theirs };
    const meant = MEANT.find(({ holds }) => holds(compared, this.#zone));
    if (meant === undefined) this.found.push(this.#difference(make, compared));
    else this.meant.set(meant.difference, (this.meant.get(meant.difference) ?? 0) + 1);
  }

  /** The lines that only one of the two has. */
  #difference(make: SecondaryKind, { name, type, ours, theirs }: Compared): string {
    const [we, they] = this.#written(make, type, ours, theirs).map((text) => text.split('\n'));
    const only = (some: readonly string[] = [], others: readonly string[] = []) =>
      some.filter((line) => !others.includes(line)).slice(0, 8);
    return [`${name} ${typeName(type)}`, 'we:', ...only(we, they), `${make}:`, ...only(they, we)].join('\n');
  }

  /** Both replies as text, their sections as sets, and of the additional one what both are bound to have. */
  #written(make: SecondaryKind, type: number, ours: WireReply, theirs: WireReply): string[] {
    const aliased = ours.answer.some((record) => record.type === TYPE.CNAME);
    return [flattened(ours, type, this.#zone.domain), theirs].map((reply) => {
      const glue = aliased ? [] : reply.additional.filter((record) => this.#isGlue(make, record));
      const sections = [reply.answer, reply.authority, glue];
      return [`rcode ${reply.rcode} aa ${reply.aa}`, ...sections.map(written)].join('\n');
    });
  }

  /**
   * What a server adds without having been asked is its own choice: NSD adds nothing (minimal-responses), Knot DNS no
   * addresses that a wildcard makes, we nothing behind an alias, and for an any-label name what it is asked with.
   */
  #isGlue(make: SecondaryKind, { name, type }: WireRecord): boolean {
    const isAddress = type === TYPE.A || type === TYPE.AAAA;
    const stands = this.#zone.transferred(name.slice(0, -1)) && !name.split('.').includes('*');
    return make === 'knotd' && isAddress && stands;
  }
}

/** True for questions that are answered in two ways whatever the zone holds. */
function isMeantFor(name: string, type: number): boolean {
  return type === TYPE.ANY || name.split('.').includes('*');
}

function written(records: readonly WireRecord[]): string {
  const lines = records.map(({ name, type, ttl, rdata }) => `${name} ${ttl} ${typeName(type)} ${rdata}`);
  return ['--', ...new Set(lines.toSorted())].join('\n');
}

async function fill({ store }: Running, stored: Readonly<Record<string, object>>): Promise<number> {
  let revision = 0;
  for (const [key, value] of Object.entries(stored)) revision = await put(store, key, JSON.stringify(value));
  return revision;
}

async function transferredNames({ host, port }: SocketAddress): Promise<string[]> {
  const key = `hmac-sha256:${XFR_KEY.name}:${XFR_KEY.secret}`;
  const text = await exec(pathOf(DIG), [
    `@${host}`,
    '-p',
    String(port),
    '-y',
    key,
    DOMAIN,
    'AXFR',
    '+noall',
    '+answer',
  ]);
  return text.split('\n').map((line) => line.split(/\.\s/, 1)[0] ?? '');
}

function servedNames(keys: readonly string[], transferred: readonly string[]): ServedNames {
  const [stored, sent] = [keys.map(nameOf), transferred].map(
    (names) => new Set(names.flatMap(withThoseAbove)),
  );
  const domain = `${DOMAIN}.`;
  return {
    domain,
    exists: (name) => stored?.has(name) === true,
    transferred: (name) => sent?.has(name) === true,
  };
}

function withThoseAbove(name: string): string[] {
  const labels = name.split('.');
  return labels.map((_, at) => labels.slice(at).join('.'));
}
