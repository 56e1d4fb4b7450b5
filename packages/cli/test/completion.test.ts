import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COMMANDS } from '@callsign/cli';
import { exec } from '../../../test/support/exec.ts';
import { BASH, FISH, pathOf, requireParts, ZSH } from '../../../test/support/parts.ts';
import { ran } from './ran.ts';

/** What is typed, and what every shell must offer for its last word; absent: nothing of ours. */
const TYPED: readonly [line: string, offered: readonly string[]][] = [
  ['callsign ser', ['services']],
  ['callsign re', ['registrar', 'remove', 'resolve']],
  ['callsign plugin ', ['list', 'test']],
  ['callsign completion z', ['zsh']],
  ['callsign help ser', ['services']],
  ['callsign plugin test ./only', ['./only-file']],
  ['callsign resolve --s', ['--server', '--short']],
  ['callsign up --neg', ['--negative-ttl']],
  ['callsign add --token-file ./only', ['./only-file']],
  ['callsign up --ttl ', []],
];

describe('callsign completion', () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'callsign-completion-'));
    await writeFile(join(folder, 'only-file'), '');
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { code, printed } = await ran(['completion', shell]);
      assert.equal(code, 0);
      await writeFile(join(folder, `script.${shell}`), `${printed}\n`);
    }
  });

  after(() => rm(folder, { recursive: true }));

  describe('in bash', () => {
    before(function () {
      requireParts(this, BASH);
    });

    for (const [line, offered] of TYPED) {
      it(`completes "${line}"`, async () => {
        const words = line.split(' ');
        const asked = `source ./script.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _callsign; printf '%s\\n' "\${COMPREPLY[@]}"`;
        const printed = await exec(pathOf(BASH), ['--norc', '-c', asked, 'bash', ...words], { cwd: folder });
        assert.deepEqual(printed.split('\n').filter(Boolean).sort(), offered);
      });
    }

    it('is what bash calls for the command', async () => {
      const printed = await exec(
        pathOf(BASH),
        ['--norc', '-c', 'source ./script.bash; complete -p callsign'],
        {
          cwd: folder,
        },
      );
      assert.equal(printed, 'complete -F _callsign callsign\n');
    });
  });

  describe('in fish', () => {
    before(function () {
      requireParts(this, FISH);
    });

    for (const [line, offered] of TYPED) {
      it(`completes "${line}"`, async () => {
        const asked = `source ./script.fish; complete -C '${line}'`;
        const env = { PATH: process.env.PATH, HOME: folder };
        const printed = await exec(pathOf(FISH), ['--no-config', '-c', asked], { cwd: folder, env });
        const found = printed.split('\n').map((row) => row.split('\t')[0] ?? '');
        assert.deepEqual(found.filter(Boolean).sort(), offered);
      });
    }
  });

  describe('in zsh', () => {
    before(function () {
      requireParts(this, ZSH);
    });

    for (const [line, [only, ...others]] of TYPED) {
      if (only === undefined || others.length > 0) continue;
      it(`completes "${line}"`, async () => {
        assert.match(await typedIntoZsh(line), new RegExp(`DONE<callsign .*${only} ?>`));
      });
    }

    /** The line as zsh's own editor has it after the tab key, in a terminal that zsh itself makes. */
    async function typedIntoZsh(line: string): Promise<string> {
      const asked = `
        zmodload zsh/zpty; TERM=dumb zpty shell zsh -f -i
        zpty -w shell "PS1=; autoload -Uz compinit; compinit -u -D; source ./script.zsh"
        zpty -w shell "shown() { BUFFER=\\"print -r -- 'DONE<'\\\${(qq)BUFFER}'>'\\"; zle accept-line }; zle -N shown; bindkey '^X' shown; print READY\\$((40+2))"
        zpty -r shell said '*READY42*'
        zpty -w -n shell '${line}'$'\\t'$'\\x18'
        zpty -r shell said '*DONE<*callsign*>*'
        print -r -- $said; zpty -d shell`;
      const env = { PATH: process.env.PATH, HOME: folder };
      return (await exec(pathOf(ZSH), ['-f', '-c', asked], { cwd: folder, env, timeout: 30_000 })).replaceAll(
        "'",
        '',
      );
    }
  });

  it('knows every command', async () => {
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { printed } = await ran(['completion', shell]);
      for (const { name } of COMMANDS) assert.ok(printed.includes(name), `${shell}: ${name}`);
    }
  });

  for (const argv of [[], ['tcsh'], ['bash', 'zsh']]) {
    it(`refuses ${JSON.stringify(argv)}`, async () => {
      assert.equal((await ran(['completion', ...argv])).code, 78);
    });
  }
});
