import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type Lock, sbomOf } from '../scripts/sbom.ts';

const LOCK: Lock = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'));
/** Two versions of one package, a scope, a workspace, and a tool that no user gets. */
const SMALL: Lock = {
  name: 'app',
  version: '1.2.3',
  packages: {
    '': {},
    'packages/own': {
      name: '@app/own',
      version: '1.2.3',
      license: 'MIT',
      dependencies: { '@a/b': '1', c: '2' },
    },
    'node_modules/@app/own': { resolved: 'packages/own', link: true },
    'node_modules/@a/b': {
      version: '1.0.0',
      license: 'MIT OR ISC',
      dependencies: { c: '1' },
      integrity: 'sha512-AAH/',
    },
    'node_modules/@a/b/node_modules/c': { version: '1.5.0', license: 'ISC' },
    'node_modules/c': { version: '2.0.0', optional: true, dependencies: { '@app/own': '1' } },
    'node_modules/tool': { version: '9.9.9', dev: true },
  },
};

describe('the bill of materials', () => {
  it('has what users get, each with its version, licence and hash', () => {
    const [own, b, inner, c, ...more] = sbomOf(SMALL).components;
    assert.deepEqual(more, []);
    assert.deepEqual(own?.name, '@app/own');
    assert.deepEqual(b, {
      type: 'library',
      'bom-ref': 'node_modules/@a/b',
      name: '@a/b',
      version: '1.0.0',
      scope: 'required',
      licenses: [{ expression: 'MIT OR ISC' }],
      purl: 'pkg:npm/%40a/b@1.0.0',
      hashes: [{ alg: 'SHA-512', content: '0001ff' }],
    });
    assert.deepEqual([inner?.purl, inner?.licenses], ['pkg:npm/c@1.5.0', [{ license: { id: 'ISC' } }]]);
    assert.deepEqual([c?.purl, c?.scope], ['pkg:npm/c@2.0.0', 'optional']);
  });

  it('knows which of two versions a package gets', () => {
    assert.deepEqual(sbomOf(SMALL).dependencies, [
      { ref: 'app', dependsOn: ['packages/own'] },
      { ref: 'packages/own', dependsOn: ['node_modules/@a/b', 'node_modules/c'] },
      { ref: 'node_modules/@a/b', dependsOn: ['node_modules/@a/b/node_modules/c'] },
      { ref: 'node_modules/@a/b/node_modules/c', dependsOn: [] },
      { ref: 'node_modules/c', dependsOn: ['packages/own'] },
    ]);
  });

  it('of our own lock file leads nowhere that does not exist, and has no tools in it', () => {
    const { components, dependencies, metadata } = sbomOf(LOCK);
    const refs = new Set([metadata.component, ...components].map((each) => each['bom-ref']));
    const needed = new Set(dependencies.flatMap(({ dependsOn }) => dependsOn));
    assert.deepEqual(
      [...needed].filter((ref) => !refs.has(ref)),
      [],
    );
    assert.equal(refs.size, components.length + 1);
    for (const name of ['@callsign/nameserver', 'koffi', 'isolated-vm', 'etcd3'])
      assert.ok(
        components.some((component) => component.name === name),
        name,
      );
    assert.ok(!components.some(({ name }) => name === 'mocha'));
  });

  it('names every package of a registry by a hash', () => {
    const unhashed = sbomOf(LOCK).components.filter(
      ({ purl, hashes }) => purl !== undefined && hashes === undefined,
    );
    assert.deepEqual(
      unhashed.map(({ name }) => name),
      [],
    );
  });
});
