import { strict as assert } from 'node:assert';
import { Stamps } from '@callsign/dns';
import fc from 'fast-check';
import type { Node } from '../src/zone/node.ts';
import { TRAIT, TRAITS, traitsOf } from '../src/zone/traits.ts';
import { Zone } from '../src/zone/zone.ts';

const OPTIONS = { domains: ['docker.'], ttl: 30, negativeTtl: 5, onRefused: () => assert.fail('refused') };
const VALUES = [
  '{"host":"10.0.0.1"}',
  '{"host":"10.0.0.2","text":"ü","port":-1}',
  '{"host":"2001:db8::1","mail":true}',
  '{"host":"elsewhere.example.org."}',
  '{"text":"alone"}',
  '{"host":"10.0.0.3","group":"blue"}',
  '{"host":"10.0.0.4","port":443,"callsign":{"scheme":"https"}}',
];

type Step = readonly [key: string, value: string | undefined];

const label = fc.constantFrom('a', 'b', 'c', 'dev');
const key = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => ['docker', ...labels].join('/'));
const steps = fc.array(fc.tuple(key, fc.constantFrom(undefined, ...VALUES)), { maxLength: 60 });

function changed(zone: Zone, all: readonly Step[]): Map<string, string> {
  const model = new Map<string, string>();
  for (const [at, [name, value]] of all.entries()) {
    const change =
      value === undefined
        ? ({ kind: 'delete', key: name } as const)
        : ({ kind: 'put', entry: { key: name, value, revision: at + 1 } } as const);
    zone.apply({ revision: at + 1, changes: [change] });
    if (value === undefined) model.delete(name);
    else model.set(name, value);
  }
  return model;
}

function* everyNode(top: Node): Generator<Node> {
  yield top;
  for (const child of top.children()) yield* everyNode(child);
}

describe('zone tree', () => {
  it('holds what was put last under each key, and no name that leads to nothing', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const zone = new Zone(OPTIONS);
        const model = changed(zone, all);
        assert.equal(zone.size, model.size);
        assert.deepEqual(
          new Set(zone.records().map(({ name, host }) => `${name} ${host}`)),
          new Set([...model].map(([name, value]) => `${nameOf(name)} ${JSON.parse(value).host ?? ''}`)),
        );
        for (const node of everyNode(zone.root)) {
          assert.ok(node.records().length > 0 || node.label === '', `${node.label} leads to nothing`);
        }
      }),
    );
  });

  it('knows of each name how many records of each kind are there and below, after whatever changes', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const zone = new Zone(OPTIONS);
        changed(zone, all);
        for (const node of [...everyNode(zone.root), ...everyNode(zone.copy().root)]) {
          const traits = node.records().map(traitsOf);
          for (const trait of TRAITS) {
            const counted = traits.filter((each) => (each & TRAIT[trait]) !== 0).length;
            assert.equal(node.count(trait), counted, `${trait} at ${node.label}`);
            assert.equal(node.records(TRAIT[trait]).length, counted);
          }
        }
      }),
    );
  });

  it('gives each record its turn when a name has more than are told at once, while others come and go', () => {
    const zone = new Zone(OPTIONS);
    const put = (name: string) => [name, '{"host":"10.0.0.1"}'] as const;
    changed(
      zone,
      ['a', 'b', 'c', 'd', 'e'].map((name) => put(`docker/many/${name}`)),
    );
    const many = zone.closest(['many', 'docker']).node;
    const told = () => many.sample(TRAIT.ipv4, 2).map(({ name }) => name.slice(0, 1));
    assert.deepEqual(
      [told(), told()],
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    );
    // The one that was told last goes, and its number goes to a name elsewhere.
    changed(zone, [['docker/many/d', undefined], put('docker/other')]);
    assert.deepEqual(
      [told(), told()],
      [
        ['a', 'b'],
        ['c', 'e'],
      ],
    );
  });

  it('changes the stamps of a name and of all names above it, and of no other', () => {
    const zone = new Zone(OPTIONS);
    changed(zone, [
      ['docker/a/b', VALUES[0]],
      ['docker/c', VALUES[0]],
    ]);
    const stamps = new Stamps();
    const stampOf = (...labels: string[]) => zone.closest(labels).node.stamp(stamps);
    const watched = [
      stampOf('docker'),
      stampOf('a', 'docker'),
      stampOf('b', 'a', 'docker'),
      stampOf('c', 'docker'),
    ];
    const versions = () => watched.map((stamp) => stamps.version(stamp));
    const before = versions();
    changed(zone, [['docker/a/b', VALUES[1]]]);
    assert.deepEqual(
      versions().map((version, at) => version - (before[at] as number)),
      [1, 1, 1, 0],
    );
    changed(zone, [['docker/c', undefined]]);
    assert.deepEqual(
      versions().map((version, at) => version - (before[at] as number)),
      [2, 1, 1, 2],
    );
  });

  it('is no longer true for one responder once it is served by another', () => {
    const zone = new Zone(OPTIONS);
    const [first, second] = [new Stamps(), new Stamps()];
    const stamp = zone.root.stamp(first);
    const before = first.version(stamp);
    assert.ok(zone.root.stamp(second) > 0);
    assert.notEqual(first.version(stamp), before);
  });
});

function nameOf(path: string): string {
  return `${path.split('/').toReversed().join('.')}.`;
}
