import assert from 'node:assert/strict';
import { moveOf } from '../../src/web/model/keyboard.ts';
import { type IsOpen, type Row, rowsOf } from '../../src/web/model/tree.ts';
import { entries, entry } from './services.ts';

const ENTRIES = entries(
  'b.n1.eu.web2.web.dev.docker.',
  'a.n1.eu.web1.web.dev.docker.',
  'c.n1.eu.api1.api.dev.docker.',
  'd.n1.eu.web1.web.live.docker.',
);

const all: IsOpen = () => true;
const none: IsOpen = () => false;
const first: IsOpen = (_, level) => level === 1;

describe('the dashboard: the tree', () => {
  for (const [title, isOpen, drawn] of [
    ['open', all, ['dev 3', ' api 1', '  api1', ' web 2', '  web1', '  web2', 'live 1', ' web 1', '  web1']],
    ['closed', none, ['dev 3', 'live 1']],
    ['half open', first, ['dev 3', ' api 1', ' web 2', 'live 1', ' web 1']],
  ] as const) {
    it(`has its rows from top to bottom when it is ${title}`, () => {
      assert.deepEqual(rowsOf(ENTRIES, isOpen).map(drawnRow), drawn);
    });
  }

  it('tells each row its place among its siblings', () => {
    const places = rowsOf(ENTRIES, all).map(({ position, siblings }) => `${position}/${siblings}`);
    assert.deepEqual(places, ['1/2', '1/2', '1/1', '2/2', '1/2', '2/2', '2/2', '1/1', '1/1']);
  });

  it('tells every row from every other', () => {
    const keys = rowsOf(ENTRIES, all).map(({ key }) => key);
    assert.equal(new Set(keys).size, keys.length);
  });

  it('counts what is unhealthy below a group', () => {
    const ill = entry('e.n1.eu.web3.web.dev.docker.', { callsign: { health: 'unhealthy' } });
    const [group] = rowsOf([...ENTRIES.slice(0, 3), ill], none);
    assert.deepEqual(group?.kind === 'group' && [group.size, group.unhealthy], [4, 1]);
  });
});

describe('the dashboard: keys in the tree', () => {
  const open = rowsOf(ENTRIES, all);
  const closed = rowsOf(ENTRIES, first);
  for (const [rows, at, key, wanted] of [
    [open, 0, 'ArrowDown', 'focus 1'],
    [open, 0, 'ArrowUp', 'focus 0'],
    [open, 8, 'ArrowDown', 'focus 8'],
    [open, 1, 'PageDown', 'focus 5'],
    [open, 6, 'PageDown', 'focus 8'],
    [open, 6, 'PageUp', 'focus 2'],
    [open, 4, 'Home', 'focus 0'],
    [open, 4, 'End', 'focus 8'],
    [open, 0, 'ArrowRight', 'focus 1'],
    [closed, 1, 'ArrowRight', 'toggle dev/api/'],
    [open, 2, 'ArrowRight', undefined],
    [open, 3, 'ArrowLeft', 'toggle dev/web/'],
    [closed, 2, 'ArrowLeft', 'focus 0'],
    [open, 5, 'ArrowLeft', 'focus 3'],
    [rowsOf(ENTRIES, none), 1, 'ArrowLeft', undefined],
    [open, 0, 'Enter', 'toggle dev/'],
    [open, 0, ' ', 'toggle dev/'],
    [open, 4, 'Enter', 'show a.n1.eu.web1.web.dev.docker.'],
    [open, 4, 'x', undefined],
    [[], -1, 'ArrowDown', undefined],
  ] as const) {
    it(`${key} at row ${at} of ${rows.length}: ${wanted ?? 'nothing'}`, () => {
      const move = moveOf(key, rows, at, 4);
      assert.equal(move && Object.values(move).join(' '), wanted);
    });
  }
});

/** `  web1`: a space for each level. */
function drawnRow(row: Row): string {
  const size = row.kind === 'group' ? ` ${row.size}` : '';
  return `${' '.repeat(row.level - 1)}${row.label}${size}`;
}
