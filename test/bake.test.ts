import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

interface Target {
  readonly target?: string;
  readonly platforms?: readonly string[];
  readonly args?: Readonly<Record<string, string>>;
}

interface Bake {
  readonly variable: Readonly<Record<string, { readonly default: string }>>;
  readonly group: Readonly<Record<string, { readonly targets: readonly string[] }>>;
  readonly target: Readonly<Record<string, Target>>;
}

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const BAKE: Bake = JSON.parse(read('docker-bake.json'));
const DOCKERFILE = read('Dockerfile');
const { packages: LOCKED } = JSON.parse(read('package-lock.json'));
const { version: VERSION } = JSON.parse(read('package.json'));
/** What Docker calls an architecture, as Node calls it. */
const ARCHITECTURES: Readonly<Record<string, string>> = { amd64: 'x64', arm64: 'arm64' };

describe('the build file for several architectures', () => {
  it('makes every image that the Dockerfile has at its end', () => {
    const entered = DOCKERFILE.split(/^FROM /m).filter((stage) => stage.includes('\nENTRYPOINT'));
    const stages = entered.map((stage) => / AS (\w+)/.exec(stage)?.[1]);
    const targets = BAKE.group.default?.targets.map((name) => BAKE.target[name]?.target);
    assert.deepEqual(targets?.toSorted(), stages.toSorted());
  });

  it('tells the Dockerfile nothing that it does not ask for', () => {
    const asked = new Set([...DOCKERFILE.matchAll(/^ARG (\w+)/gm)].map(([, name]) => name));
    const told = Object.values(BAKE.target).flatMap(({ args = {} }) => Object.keys(args));
    assert.deepEqual(
      told.filter((name) => !asked.has(name)),
      [],
    );
  });

  it('is of the version that everything else is', () => {
    assert.equal(BAKE.variable.VERSION?.default, VERSION);
    assert.match(DOCKERFILE, new RegExp(`^ARG VERSION=${VERSION}$`, 'm'));
  });

  for (const platform of BAKE.target.callsign?.platforms ?? []) {
    it(`what is not JavaScript comes ready made for ${platform}`, () => {
      const [os, docker = ''] = platform.split('/');
      const made = `${os}-${ARCHITECTURES[docker]}`;
      assert.ok(LOCKED[`node_modules/@koromix/koffi-${made}`], 'koffi');
      assert.ok(
        read(`node_modules/isolated-vm/prebuilds/${made}/isolated-vm.abi137.glibc.node`),
        'isolated-vm',
      );
    });
  }
});
