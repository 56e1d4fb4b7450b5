import assert from 'node:assert/strict';
import {
  depthOf,
  keyOf,
  labelsOf,
  NameError,
  nameOfKey,
  nameOfLabels,
  ownerName,
  safeLabel,
} from '@callsign/catalog';
import fc from 'fast-check';

describe('names', () => {
  for (const [text, name] of [
    ['redis.dev.docker', 'redis.dev.docker.'],
    ['Redis.Dev.DOCKER.', 'redis.dev.docker.'],
    ['_http._tcp.web.docker', '_http._tcp.web.docker.'],
    ['*.apps.docker', '*.apps.docker.'],
    [`${'a'.repeat(63)}.docker`, `${'a'.repeat(63)}.docker.`],
  ] as const) {
    it(`reads ${text} as ${name}`, () => assert.equal(ownerName(text), name));
  }

  for (const [text, reason] of [
    ['', /empty label/],
    ['.', /empty label/],
    ['a..docker', /empty label/],
    ['.docker', /empty label/],
    [`${'a'.repeat(64)}.docker`, /longer than 63/],
    [`${'a.'.repeat(127)}docker`, /longer than 255/],
    ['a b.docker', /no name may have/],
    ['a/b.docker', /no name may have/],
    ['naïve.docker', /no name may have/],
    // Kelvin's sign, whose lower case is an ASCII letter: case is that of ASCII alone (RFC 4343, 3).
    ['\u212Aube.docker', /no name may have/],
    ['a\u0000.docker', /no name may have/],
  ] as const) {
    it(`refuses ${JSON.stringify(text.slice(0, 20))}`, () => {
      assert.throws(
        () => ownerName(text),
        (error) => error instanceof NameError && reason.test(error.message),
      );
    });
  }

  it('turns a name into a key and back', () => {
    assert.equal(keyOf('service.staging.skydns.local.'), 'local/skydns/staging/service');
    assert.equal(nameOfKey('local/skydns/staging/service'), 'service.staging.skydns.local.');
    assert.deepEqual(labelsOf('redis.dev.docker.'), ['redis', 'dev', 'docker']);
    assert.deepEqual(labelsOf('.'), []);
    assert.equal(depthOf('redis.dev.docker.'), 3);
    assert.equal(depthOf('redis.dev.docker.'), 3);
  });

  it('have 255 bytes at most as keys, too', () => {
    const key = Array.from({ length: 127 }, () => 'a').join('/');
    assert.equal(nameOfKey(key).length + 1, 255);
    assert.throws(() => nameOfKey(`${key}b`), /longer than 255/);
  });

  for (const key of ['', '/docker', 'docker//dev', 'docker/', 'docker/Dev', 'docker/a.b', 'docker/a b']) {
    it(`refuses the key ${JSON.stringify(key)}`, () => assert.throws(() => nameOfKey(key), NameError));
  }

  it('takes the keys whose labels make a name in lower case, and no other', () => {
    const piece = fc.constantFrom('a', 'redis1', '*', '_tcp', 'A', '/', '.', '\\', ' ', 'ü', 'x'.repeat(62));
    const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(text, (key) => {
        const labels = key.split('/').toReversed();
        const named = () => nameOfLabels(labels);
        if (key !== key.toLowerCase()) assert.throws(() => nameOfKey(key), NameError);
        else
          assert.deepEqual(
            outcomeOf(() => nameOfKey(key)),
            outcomeOf(named),
          );
      }),
    );
  });

  for (const [text, label] of [
    ['redis1', 'redis1'],
    ['My_App', 'my-app'],
    ['/web.1', 'web-1'],
    ['--x--', 'x'],
    ['bücher', 'b-cher'],
  ] as const) {
    it(`makes the label ${label} of ${text}`, () => assert.equal(safeLabel(text), label));
  }

  it('never cuts a label that is too long, for it could become somebody else’s', () => {
    assert.throws(() => safeLabel('a'.repeat(64)), NameError);
    assert.throws(() => safeLabel('___'), NameError);
  });
});

/** What comes of a call, or what is thrown at it. */
function outcomeOf(call: () => string): string {
  try {
    return call();
  } catch (error) {
    return String(error);
  }
}
