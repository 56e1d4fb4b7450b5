import { writeAddress } from '../model/address.ts';
import { EVERYTHING } from '../model/filter.ts';
import { type Node, nodesOf } from '../model/nodes.ts';
import type { Entry } from '../model/service.ts';
import { grouped } from '../model/words.ts';
import { el, replace } from './dom.ts';

const COLUMNS = ['Node', 'Region', 'Services', 'Unhealthy', 'Lease', 'Kept by', 'Last change'];

/** The nodes, and for how long their services outlive them. */
export class NodesView {
  readonly element: HTMLElement;
  readonly #rows = el('tbody');
  readonly #table: HTMLElement;
  readonly #empty = el('p', { class: 'empty' }, 'No service tells of a node.');
  #entries: readonly Entry[] | undefined;

  constructor() {
    const heads = COLUMNS.map((title) => el('th', { scope: 'col' }, title));
    const head = el('thead', {}, el('tr', {}, ...heads));
    this.#table = el('table', { class: 'wide' }, head, this.#rows);
    this.element = el('section', { class: 'page' }, el('h1', {}, 'Nodes'), this.#table, this.#empty);
  }

  render(entries: readonly Entry[]): void {
    if (entries === this.#entries) return;
    this.#entries = entries;
    const nodes = nodesOf(entries);
    this.#empty.hidden = nodes.length > 0;
    this.#table.hidden = nodes.length === 0;
    replace(this.#rows, ...nodes.map(rowOf));
  }
}

function rowOf({ node, region, services, unhealthy, leaseTtl, owners, revision }: Node): HTMLElement {
  const href = writeAddress({ view: 'services', service: '', filter: { ...EVERYTHING, node } });
  const bad = unhealthy === 0 ? '–' : el('span', { class: 'state unhealthy' }, grouped(unhealthy));
  return el(
    'tr',
    {},
    el('th', { scope: 'row' }, el('a', { href }, node)),
    el('td', {}, region),
    el('td', { class: 'number' }, grouped(services)),
    el('td', { class: 'number' }, bad),
    el('td', {}, leaseTtl === undefined ? 'none: they stay' : `${leaseTtl} s`),
    el('td', {}, owners.join(', ') || 'hand'),
    el('td', { class: 'mono faint' }, `revision ${revision}`),
  );
}
