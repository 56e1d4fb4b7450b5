import assert from 'node:assert/strict';
import { Script } from 'node:vm';
import { type Block, blocksOf, PAGES, readPage, TYPED } from './support/manual.ts';

/** What a block of each language has to be; those that nothing is said of are for other programs, or for people. */
const CHECKS: Readonly<Record<string, (text: string) => void>> = {
  json: (text) => void JSON.parse(text),
  js: (text) => void new Script(text),
  ini: (text) => assert.match(text, /^(?:#.*\n|\[\w+\]\n|\w+=.*\n|\n)+$/),
};
const LANGUAGES = new Set([...TYPED, ...Object.keys(CHECKS), 'text', 'yaml', 'zone']);

describe('the blocks of the manual', () => {
  for (const page of PAGES) {
    it(`${page} says of each of them what it is`, () => {
      const fenced = readPage(page).replaceAll(/^( *)```\S.*?\n\1```$/gms, '');
      assert.doesNotMatch(fenced, /```$/m, 'a fence that says nothing');
      assert.doesNotMatch(fenced, /\n\n {4,}\S/, 'a block without fences');
      assert.deepEqual(where(blocksOf(page).filter(({ language }) => !LANGUAGES.has(language))), []);
    });

    it(`${page} runs what is typed, or says why not`, () => {
      const excused = blocksOf(page).filter(({ notRun }) => notRun !== undefined);
      assert.deepEqual(where(excused.filter(({ language }) => !TYPED.has(language))), []);
    });
  }

  for (const block of PAGES.flatMap(blocksOf).filter(({ language }) => language in CHECKS)) {
    it(`${where([block])} is ${block.language}`, () => {
      CHECKS[block.language]?.(`${block.lines.join('\n')}\n`);
    });
  }
});

function where(blocks: readonly Block[]): string[] {
  return blocks.map(({ page, line, language }) => `${page}:${line} ${language}`);
}
