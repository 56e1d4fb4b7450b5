import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Change, type Current, type Desired, type Held, plan } from '../../src/reconcile/plan.ts';

const OURS: Held = { value: 'v', revision: 7, ours: true, container: 'c', lease: 'now' };
const NOTHING_UNSEEN: ReadonlySet<string> = new Set();

function planned(desired: Partial<Desired>, current: Readonly<Record<string, Held>>): readonly string[] {
  const { changes, occupied } = plan(
    { records: new Map(), settled: true, undetermined: NOTHING_UNSEEN, ...desired },
    new Map(Object.entries(current)),
    'now',
  );
  return [
    ...changes.map(({ write, revision }) => `${write.kind} ${write.key} at ${revision}`),
    ...occupied.map((key) => `occupied ${key}`),
  ];
}

describe('plan', () => {
  const records = new Map([['k', { value: 'v', container: 'c' }]]);

  for (const [what, desired, current, expected] of [
    ['puts what is missing', { records }, {}, ['put k at 0']],
    ['leaves what is right', { records }, { k: OURS }, []],
    ['replaces what is different', { records }, { k: { ...OURS, value: 'old' } }, ['put k at 7']],
    [
      'puts again what an earlier lease keeps',
      { records },
      { k: { ...OURS, lease: 'before' } },
      ['put k at 7'],
    ],
    [
      'puts again what no known lease keeps',
      { records },
      { k: { ...OURS, lease: undefined } },
      ['put k at 7'],
    ],
    [
      'leaves what somebody else has at our key',
      { records },
      { k: { ...OURS, ours: false } },
      ['occupied k'],
    ],
    ['deletes what nobody wants', {}, { k: OURS }, ['delete k at 7']],
    ['leaves what is not ours', {}, { k: { ...OURS, ours: false } }, []],
    ['deletes nothing before everything was looked at', { settled: false }, { k: OURS }, []],
    ['leaves a container that could not be looked at', { undetermined: new Set(['c']) }, { k: OURS }, []],
    [
      'takes over what an earlier run put for a container that could not be looked at',
      { undetermined: new Set(['c']) },
      { k: { ...OURS, lease: undefined } },
      ['put k at 7'],
    ],
    ['puts before it deletes', { records }, { old: OURS }, ['put k at 0', 'delete old at 7']],
  ] as const) {
    it(what, () => assert.deepEqual(planned(desired, current), expected));
  }

  it('says whose record each change is', () => {
    const before: Held = { ...OURS, container: 'd' };
    const { changes } = plan(
      { records, settled: true, undetermined: NOTHING_UNSEEN },
      new Map([['old', before]]),
      'now',
    );
    assert.deepEqual(
      changes.map(({ container }) => container),
      ['c', 'd'],
    );
  });

  it('makes current equal desired, touches nobody else, and then has nothing left to do', () => {
    fc.assert(
      fc.property(desiredArbitrary(), currentArbitrary(), (desired, current) => {
        const after = applied(current, plan(desired, current, 'now').changes);
        for (const [key, { value }] of desired.records) {
          if (current.get(key)?.ours !== false) assert.equal(after.get(key)?.value, value);
        }
        for (const [key, held] of current) if (!held.ours) assert.deepEqual(after.get(key), held);
        for (const [key, { ours }] of after) assert.ok(!ours || desired.records.has(key));
        assert.deepEqual(plan(desired, after, 'now').changes, []);
      }),
    );
  });
});

function desiredArbitrary(): fc.Arbitrary<Desired> {
  const wanted = fc.record({ value: fc.constantFrom('v', 'w'), container: fc.constant('c') });
  return fc.dictionary(keyArbitrary(), wanted).map((records) => ({
    records: new Map(Object.entries(records)),
    settled: true,
    undetermined: NOTHING_UNSEEN,
  }));
}

function currentArbitrary(): fc.Arbitrary<Current> {
  const held = fc.record({
    value: fc.constantFrom('v', 'w', 'x'),
    revision: fc.integer({ min: 1, max: 99 }),
    ours: fc.boolean(),
    container: fc.constantFrom('c', ''),
    lease: fc.constantFrom('now', 'before', undefined),
  });
  return fc.dictionary(keyArbitrary(), held).map((entries) => new Map(Object.entries(entries)));
}

function keyArbitrary(): fc.Arbitrary<string> {
  return fc.constantFrom('a', 'b', 'c', 'd', 'e');
}

function applied(current: Current, changes: readonly Change[]): Current {
  const after = new Map(current);
  for (const { write, revision } of changes) {
    assert.equal(revision, after.get(write.key)?.revision ?? 0);
    if (write.kind === 'delete') after.delete(write.key);
    else after.set(write.key, { ...OURS, value: write.value });
  }
  return after;
}
