import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { referencePages } from '../scripts/reference.ts';

describe('the reference', () => {
  for (const [path, content] of referencePages()) {
    it(`${path} tells what the code does (else: npm run docs)`, () => {
      assert.equal(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8'), content);
    });
  }
});
