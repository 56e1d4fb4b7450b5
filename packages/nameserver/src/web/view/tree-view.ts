import { nodeOf } from '../model/filter.ts';
import { moveOf } from '../model/keyboard.ts';
import { addressOf, sourceOf } from '../model/service.ts';
import { type Span, spanOf } from '../model/span.ts';
import type { EntryRow, GroupRow, Row } from '../model/tree.ts';
import { grouped } from '../model/words.ts';
import { el, setAll } from './dom.ts';
import { stateMark } from './state-mark.ts';

export interface TreeHandlers {
  readonly toggle: (key: string) => void;
  readonly show: (name: string) => void;
  /** Where a service's page is, for who opens it beside this one. */
  readonly hrefOf: (name: string) => string;
  readonly ageOf: (row: EntryRow) => string;
}

const COLUMNS = ['Service', 'State', 'Address', 'Node', 'Age', 'TTL', 'Source'];
/** Pixels; `.tree [role=row]` in the style sheet has the same. */
const ROW = 34;

/**
 * The tree of services as a treegrid (ARIA Authoring Practices). Only the rows that are seen are there; each keeps its
 * element for as long as it is, so that neither the focus nor a screen reader's place is lost when something changes.
 */
export class TreeView {
  readonly element: HTMLElement;
  readonly #body = el('div', { role: 'rowgroup', class: 'body' });
  readonly #scroller: HTMLElement;
  readonly #handlers: TreeHandlers;
  readonly #drawn = new Map<string, Drawn>();
  #rows: readonly Row[] = [];
  /** The row that has the focus, or will have it. */
  #active = '';

  constructor(handlers: TreeHandlers) {
    this.#handlers = handlers;
    const heads = COLUMNS.map((title) => el('span', { role: 'columnheader' }, title));
    const head = el(
      'div',
      { role: 'rowgroup' },
      el('div', { role: 'row', class: 'head', 'aria-rowindex': 1 }, ...heads),
    );
    this.#scroller = el('div', { class: 'scroller', role: 'presentation' }, this.#body);
    this.element = el(
      'div',
      { role: 'treegrid', class: 'tree', 'aria-label': 'Services' },
      head,
      this.#scroller,
    );
    this.#scroller.addEventListener('scroll', () => this.#draw(), { passive: true });
    new ResizeObserver(() => this.#draw()).observe(this.#scroller);
    this.#body.addEventListener('keydown', (event) => this.#press(event));
    this.#body.addEventListener('click', (event) => this.#click(event));
    this.#body.addEventListener('focusin', (event) => this.#activate(keyAt(event)));
  }

  render(rows: readonly Row[]): void {
    this.#rows = rows;
    setAll(this.element, { 'aria-rowcount': rows.length + 1 });
    this.#body.style.height = `${rows.length * ROW}px`;
    if (!rows.some(({ key }) => key === this.#active)) this.#active = rows[0]?.key ?? '';
    this.#draw();
  }

  /** Gives the focus to the row that had it last. */
  focus(): void {
    this.#focus(this.#rows.findIndex(({ key }) => key === this.#active));
  }

  #draw(): void {
    const wanted = this.#wanted();
    for (const [key, { element }] of this.#drawn) {
      if (wanted.has(key)) continue;
      element.remove();
      this.#drawn.delete(key);
    }
    let before: Element | null = null;
    for (const [key, at] of wanted) {
      const { element } = this.#rowAt(key, at);
      const next: Element | null = before === null ? this.#body.firstElementChild : before.nextElementSibling;
      if (next !== element) this.#body.insertBefore(element, next);
      before = element;
    }
  }

  /** The rows that are seen, and the one with the focus wherever it is, by their keys in order. */
  #wanted(): ReadonlyMap<string, number> {
    const { from, to }: Span = spanOf(
      this.#rows.length,
      this.#scroller.scrollTop,
      this.#scroller.clientHeight,
      ROW,
    );
    const active = this.#rows.findIndex(({ key }) => key === this.#active);
    const seen = Array.from({ length: to - from }, (_, at) => from + at);
    const all =
      active < 0 || (active >= from && active < to) ? seen : [...seen, active].toSorted((a, b) => a - b);
    return new Map(all.map((at) => [(this.#rows[at] as Row).key, at]));
  }

  #rowAt(key: string, at: number): Drawn {
    const row = this.#rows[at] as Row;
    const drawn = this.#drawn.get(key) ?? { element: el('div', { role: 'row', 'data-key': key }), told: '' };
    this.#drawn.set(key, drawn);
    const { element } = drawn;
    setAll(element, {
      'aria-level': row.level,
      'aria-posinset': row.position,
      'aria-setsize': row.siblings,
      'aria-rowindex': at + 2,
      'aria-expanded': row.kind === 'group' ? String(row.open) : undefined,
      tabindex: key === this.#active ? 0 : -1,
    });
    element.style.transform = `translateY(${at * ROW}px)`;
    this.#fill(drawn, row);
    return drawn;
  }

  /** Anew only when it has something else to say. */
  #fill(drawn: Drawn, row: Row): void {
    const age = row.kind === 'entry' ? this.#handlers.ageOf(row) : '';
    const told =
      row.kind === 'group' ? `${row.size} ${row.unhealthy}` : `${row.entry.service.revision} ${age}`;
    if (drawn.told === told) return;
    drawn.told = told;
    drawn.element.replaceChildren(...(row.kind === 'group' ? groupCells(row) : this.#entryCells(row, age)));
  }

  #entryCells({ label, entry }: EntryRow, age: string): readonly HTMLElement[] {
    const { service, state } = entry;
    const { name, ttl } = service;
    const link = el('a', { href: this.#handlers.hrefOf(name), tabindex: -1, title: name }, label);
    return [
      el('span', { role: 'gridcell', class: 'name' }, link),
      el('span', { role: 'gridcell' }, stateMark(state)),
      el('span', { role: 'gridcell', class: 'mono' }, addressOf(service)),
      el('span', { role: 'gridcell' }, nodeOf(service)),
      el('span', { role: 'gridcell', class: 'number' }, age),
      el('span', { role: 'gridcell', class: 'number' }, ttl === 0 ? '' : `${ttl} s`),
      el('span', { role: 'gridcell', class: 'faint' }, sourceOf(service)),
    ];
  }

  #press(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = this.#rows.findIndex(({ key }) => key === this.#active);
    const page = Math.max(Math.floor(this.#scroller.clientHeight / ROW) - 1, 1);
    const move = moveOf(event.key, this.#rows, at, page);
    if (move === undefined) return;
    event.preventDefault();
    switch (move.kind) {
      case 'focus':
        this.#focus(move.at);
        break;
      case 'toggle':
        this.#handlers.toggle(move.key);
        break;
      case 'show':
        this.#handlers.show(move.name);
        break;
      default:
        move satisfies never;
    }
  }

  #click(event: MouseEvent): void {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const row = this.#rows.find(({ key }) => key === keyAt(event));
    if (row === undefined) return;
    event.preventDefault();
    if (row.kind === 'group') this.#handlers.toggle(row.key);
    else this.#handlers.show(row.entry.service.name);
  }

  #activate(key: string | undefined): void {
    if (key === undefined || key === this.#active) return;
    this.#drawn.get(this.#active)?.element.setAttribute('tabindex', '-1');
    this.#drawn.get(key)?.element.setAttribute('tabindex', '0');
    this.#active = key;
  }

  #focus(at: number): void {
    const row = this.#rows[at];
    if (row === undefined) return;
    this.#activate(row.key);
    this.#scrollTo(at);
    this.#draw();
    this.#drawn.get(row.key)?.element.focus({ preventScroll: true });
  }

  #scrollTo(at: number): void {
    const { scrollTop, clientHeight } = this.#scroller;
    const top = at * ROW;
    if (top < scrollTop) this.#scroller.scrollTop = top;
    else if (top + ROW > scrollTop + clientHeight) this.#scroller.scrollTop = top + ROW - clientHeight;
  }
}

interface Drawn {
  readonly element: HTMLElement;
  /** What its cells are made from. */
  told: string;
}

function groupCells({ label, size, unhealthy }: GroupRow): readonly HTMLElement[] {
  const count = el('span', { class: 'count' }, grouped(size));
  const bad = unhealthy === 0 ? [] : [el('span', { class: 'count bad' }, `${grouped(unhealthy)} unhealthy`)];
  const twisty = el('span', { class: 'twisty', 'aria-hidden': 'true' });
  const cell = { role: 'gridcell', class: 'name group', 'aria-colspan': COLUMNS.length };
  return [el('span', cell, twisty, label, count, ...bad)];
}

function keyAt({ target }: Event): string | undefined {
  return (target as Element).closest<HTMLElement>('[data-key]')?.dataset.key;
}
