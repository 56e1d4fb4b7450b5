import type { Row } from './tree.ts';

/** What a key does in the tree: the focus goes to a row, a group opens or closes, or a service's page opens. */
export type Move =
  | { readonly kind: 'focus'; readonly at: number }
  | { readonly kind: 'toggle'; readonly key: string }
  | { readonly kind: 'show'; readonly name: string };

/** As the ARIA Authoring Practices have it for a treegrid whose rows have the focus. */
export function moveOf(key: string, rows: readonly Row[], at: number, page: number): Move | undefined {
  const row = rows[at];
  if (row === undefined) return undefined;
  const last = rows.length - 1;
  const focus = (to: number): Move => ({ kind: 'focus', at: Math.min(Math.max(to, 0), last) });
  switch (key) {
    case 'ArrowDown':
      return focus(at + 1);
    case 'ArrowUp':
      return focus(at - 1);
    case 'PageDown':
      return focus(at + page);
    case 'PageUp':
      return focus(at - page);
    case 'Home':
      return focus(0);
    case 'End':
      return focus(last);
    case 'ArrowRight':
      return opened(row, at, focus);
    case 'ArrowLeft':
      return closed(rows, row, at, focus);
    case 'Enter':
    case ' ':
      return chosen(row);
    default:
      return undefined;
  }
}

type Focus = (to: number) => Move;

function opened(row: Row, at: number, focus: Focus): Move | undefined {
  if (row.kind === 'entry') return undefined;
  return row.open ? focus(at + 1) : { kind: 'toggle', key: row.key };
}

/** What is closed already leads to the group that it is in. */
function closed(rows: readonly Row[], row: Row, at: number, focus: Focus): Move | undefined {
  if (row.kind === 'group' && row.open) return { kind: 'toggle', key: row.key };
  const parent = rows.slice(0, at).findLastIndex(({ level }) => level < row.level);
  return parent < 0 ? undefined : focus(parent);
}

function chosen(row: Row): Move {
  return row.kind === 'group'
    ? { kind: 'toggle', key: row.key }
    : { kind: 'show', name: row.entry.service.name };
}
