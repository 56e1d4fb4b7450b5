import assert from 'node:assert/strict';
import { COMMANDS } from '@callsign/cli';
import { type OptionTable, parseOptions } from '@callsign/daemon';
import { blocksOf, commandsOf, PAGES, TYPED } from '../../../test/support/manual.ts';
import { modernised } from '../src/command/old-spellings.ts';

/** A command of ours, or what follows an image that runs one; what it prints may go to a file. */
const OURS = /^callsign (.+?)(?: > .*)?$|(?<!--(?:name|unit) )callsign-((?:nameserver|registrar) --.*)$/;
const WORD = /(?:[^\s"']|"[^"]*"|'[^']*')+/g;

const LINES = PAGES.flatMap(blocksOf)
  .filter(({ language }) => TYPED.has(language))
  .flatMap((block) => commandsOf(block).map((command) => ({ ...block, command })))
  .flatMap(({ page, line, command }) => {
    const [, typed, inside] = OURS.exec(command) ?? [];
    const ours = typed ?? inside;
    return ours === undefined ? [] : [{ page, line, ours }];
  });

describe('every command line of ours in the manual', () => {
  it('is found, of every page that has some', () => {
    assert.ok(new Set(LINES.map(({ page }) => page)).size > 10);
  });

  for (const { page, line, ours } of LINES) {
    it(`${page}:${line} callsign ${ours}`, () => {
      const [name, ...argv] = (ours.match(WORD) ?? []).map((word) => word.replaceAll(/["']/g, ''));
      const command = COMMANDS.find((each) => each.name === name);
      assert.ok(command, `there is no command ${name}`);
      const table: OptionTable = command.options('node1');
      const { positionals } = parseOptions(table, {
        env: {},
        readFile: assert.fail,
        argv: modernised(table, argv).argv,
      });
      assert.ok(
        command.words !== undefined || positionals.length === 0,
        `words that mean nothing: ${positionals}`,
      );
    });
  }
});
