import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { blocksOf } from '../../../../test/support/manual.ts';
import { scratchFolder } from '../../../../test/support/scratch.ts';

const TOP = fileURLToPath(new URL('../../../../', import.meta.url));
const TYPE = "/** @type {import('./callsign-plugin').CreateService} */\n";
/** As strict as an author may be. */
const STRICT = ['--allowJs', '--checkJs', '--noEmit', '--strict', '--exactOptionalPropertyTypes'];
const SETTINGS = [...STRICT, '--noUncheckedIndexedAccess', '--lib', 'es2024', '--types', ''];

/** What tsc says of a plugin that stands beside its types, as an editor would. */
function complaints(code: string): string {
  const folder = scratchFolder();
  copyFileSync(join(TOP, 'plugins/callsign-plugin.d.ts'), join(folder, 'callsign-plugin.d.ts'));
  writeFileSync(join(folder, 'plugin.js'), code.startsWith('/**') ? code : TYPE + code);
  const { stdout } = spawnSync(join(TOP, 'node_modules/.bin/tsc'), [...SETTINGS, 'plugin.js'], {
    cwd: folder,
    encoding: 'utf8',
  });
  return stdout;
}

describe("plugins' types", function () {
  this.timeout(120_000);

  for (const { line, lines } of blocksOf('docs/plugins.md').filter(({ language }) => language === 'js')) {
    it(`fit docs/plugins.md, line ${line}`, () => assert.equal(complaints(lines.join('\n')), ''));
  }

  for (const [what, code] of [
    [
      'a health check, and several ports',
      `function createService(container) {
         const health = container.State.Health;
         if (health !== undefined && health.Status !== 'healthy') return [];
         return callsign.ports(container).map(({ port, protocol }) => ({
           Service: cleanImageName(container.Image), Instance: removeSlash(container.Name),
           Host: container.NetworkSettings.IpAddress, Port: port, Protocol: protocol,
           PortName: port === 80 ? 'http' : undefined,
         }));
       }`,
    ],
    [
      'variables that may not be there',
      `function createService(container) {
         const { APP, PORT, TEAM } = callsign.env(container);
         if (APP === undefined) return;
         return { Service: APP, Instance: 'a', Host: '10.0.0.1', Port: PORT, Environment: TEAM, Aliases: undefined };
       }
       createService.onlyWith = ['APP='];`,
    ],
  ] as const) {
    it(`fit ${what}`, () => assert.equal(complaints(code), ''));
  }

  for (const [what, code, said] of [
    [
      'field that there is not',
      "return { Servce: 'a', Instance: 'b', Host: 'c' };",
      /'Servce' does not exist/,
    ],
    ['part of a container that there is not', 'container.Naem; return null;', /'Naem' does not exist/],
    [
      'service without an address',
      "return { Service: 'a', Instance: 'b' };",
      /Instance: string; }' is not assignable/,
    ],
  ] as const) {
    it(`tell a ${what}`, () => {
      assert.match(complaints(`function createService(container) { ${code} }`), said);
    });
  }
});
