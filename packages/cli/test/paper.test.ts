import assert from 'node:assert/strict';
import { tableLines } from '../src/command/paper.ts';

describe('a table', () => {
  it('has as many lines as "callsign services" may show', () => {
    const rows = new Array(1_000_000).fill([{ text: 'a wide cell' }, { text: 'b' }]);
    const lines = tableLines(['NAME', 'HOST'], rows, (_style, text) => text);
    assert.deepEqual(
      [lines.length, lines[0], lines.at(-1)],
      [1_000_001, 'NAME         HOST', 'a wide cell  b'],
    );
  });
});
