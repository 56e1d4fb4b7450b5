import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { COMMANDS } from '@callsign/cli';
import { envName } from '@callsign/daemon';

const TOP = new URL('../', import.meta.url).pathname;
const PAGES = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'SECURITY.md',
  ...globSync('docs/*.md', { cwd: TOP }),
];
const OPTIONS = COMMANDS.flatMap(({ options }) => Object.values(options('node1')));
/** Flags of other programs that the pages show. */
const FOREIGN = new Set(
  Object.values({
    compose: '--detach --scale',
    curl: '--cacert --data-binary --fail --silent --retry --retry-delay --retry-all-errors',
    dig: '--tls',
    dnsdock: '--alias --quiet --verbose',
    docker:
      '--detach --dns --entrypoint --env --force --format --group-add --mode --mount --name --network --publish --quiet --restart --rm',
    dockerNetwork: '--ipv4 --ipv6 --subnet',
    dockerRights: '--cap-add --cap-drop --read-only --security-opt --user',
    dockerBuild: '--push --tag --target',
    externalDns: '--coredns-prefix --domain-filter --policy --provider --source',
    iptables: '--dport --sport --notrack',
    mocha: '--no-parallel --parallel',
    node: '--enable-source-maps',
    npm: '--include-workspace-root --no-git-tag-version --sign --silent --workspaces',
    podman: '--volume',
    rsync: '--archive',
    ss: '--listening --udp --tcp --numeric --processes',
    systemd: '--now --unit --follow',
  }).flatMap((flags) => flags.split(' ')),
);

describe('the pages of the manual', () => {
  for (const page of PAGES) {
    const text = readFileSync(join(TOP, page), 'utf8');

    it(`${page} leads nowhere that does not exist`, () => {
      const links = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, link]) => link ?? '');
      assert.deepEqual(
        links.filter((link) => !existsSync(join(TOP, dirname(page), link))),
        [],
      );
    });

    it(`${page} speaks of no option that there is not`, () => {
      const known = new Set([...OPTIONS.map(({ flag }) => `--${flag}`), ...FOREIGN]);
      const named = [...text.matchAll(/(?<![\w-])--[a-z][a-z0-9-]+/g)].map(([flag]) => flag);
      assert.deepEqual(
        named.filter((flag) => !known.has(flag)),
        [],
      );
    });

    it(`${page} speaks of no variable that there is not`, () => {
      const known = new Set(OPTIONS.map(({ flag }) => envName(flag)));
      const named = [...text.matchAll(/\bCALLSIGN_[A-Z_]*[A-Z]\b/g)].map(([name]) => name);
      const examples = new Set(['CALLSIGN_X', 'CALLSIGN_X_FILE', 'CALLSIGN_OPTION']);
      assert.deepEqual(
        named.filter((name) => !known.has(name) && !examples.has(name)),
        [],
      );
    });
  }

  it('the README names the two commands on its first screen', () => {
    const screen = readFileSync(join(TOP, 'README.md'), 'utf8').split('\n').slice(0, 40).join('\n');
    for (const command of ['npm start', 'npm test']) assert.ok(screen.includes(`\n${command}\n`), command);
  });
});
