import type { Happening } from '../model/catalogue.ts';
import { nodeOf } from '../model/filter.ts';
import { addressOf } from '../model/service.ts';
import { el, replace } from './dom.ts';

const COLUMNS = ['Time', 'What', 'Service', 'Address', 'Node'];
const TIME = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });

/** What has happened since the page was opened, the latest first. */
export class EventsView {
  readonly element: HTMLElement;
  readonly #rows = el('tbody');
  readonly #table: HTMLElement;
  readonly #empty = el('p', { class: 'empty' }, 'Nothing has changed since this page was opened.');
  readonly #hrefOf: (name: string) => string;
  #happenings: readonly Happening[] | undefined;

  constructor(hrefOf: (name: string) => string) {
    this.#hrefOf = hrefOf;
    const heads = COLUMNS.map((title) => el('th', { scope: 'col' }, title));
    const head = el('thead', {}, el('tr', {}, ...heads));
    this.#table = el('table', { class: 'wide' }, head, this.#rows);
    this.element = el('section', { class: 'page' }, el('h1', {}, 'Events'), this.#table, this.#empty);
  }

  render(happenings: readonly Happening[]): void {
    if (happenings === this.#happenings) return;
    this.#happenings = happenings;
    this.#empty.hidden = happenings.length > 0;
    this.#table.hidden = happenings.length === 0;
    replace(this.#rows, ...happenings.map((happening) => this.#rowOf(happening)));
  }

  #rowOf({ at, what, entry }: Happening): HTMLElement {
    const { service } = entry;
    const time = el('time', { datetime: new Date(at).toISOString() }, TIME.format(at));
    return el(
      'tr',
      {},
      el('td', { class: 'mono faint' }, time),
      el('td', {}, el('span', { class: `state ${what}` }, what)),
      el('td', { class: 'mono' }, el('a', { href: this.#hrefOf(service.name) }, service.name)),
      el('td', { class: 'mono' }, addressOf(service)),
      el('td', {}, nodeOf(service)),
    );
  }
}
