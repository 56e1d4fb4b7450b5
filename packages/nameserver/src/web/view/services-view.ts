import type { Catalogue } from '../model/catalogue.ts';
import {
  CHOICES,
  type Choice,
  choicesOf,
  EVERYTHING,
  type Filter,
  filtered,
  isFiltering,
} from '../model/filter.ts';
import type { Entry } from '../model/service.ts';
import { type Row, rowsOf } from '../model/tree.ts';
import { counted, grouped } from '../model/words.ts';
import { el } from './dom.ts';
import { type TreeHandlers, TreeView } from './tree-view.ts';

export interface ServicesHandlers extends Pick<TreeHandlers, 'show' | 'hrefOf' | 'ageOf'> {
  /** @param typing true for one of many small steps */
  readonly filter: (filter: Filter, typing: boolean) => void;
  readonly say: (text: string) => void;
}

const CHOICE_WORDS: Readonly<Record<Choice, string>> = {
  environment: 'All environments',
  node: 'All nodes',
  state: 'All states',
  source: 'All sources',
};

/** So few are shown whole. */
const FEW = 200;

/** All services as a tree, and what to find some of them by. */
export class ServicesView {
  readonly element: HTMLElement;
  readonly #handlers: ServicesHandlers;
  readonly #search = searchField();
  readonly #selects: ReadonlyMap<Choice, HTMLSelectElement>;
  readonly #count = el('output', { class: 'faint', for: 'search' });
  readonly #empty = el('p', { class: 'empty' });
  readonly #tree: TreeView;
  /** Groups that are not as they would be by themselves. */
  readonly #toggled = new Set<string>();
  #catalogue: Catalogue | undefined;
  /** What there is to choose from among all. */
  #choices: ReadonlyMap<Choice, readonly string[]> = new Map();
  #filter = EVERYTHING;
  #found: readonly Entry[] = [];

  constructor(handlers: ServicesHandlers) {
    this.#handlers = handlers;
    this.#tree = new TreeView({ ...handlers, toggle: (key) => this.#toggle(key) });
    this.#selects = new Map(CHOICES.map((choice) => [choice, this.#select(choice)]));
    this.#search.addEventListener('input', () => this.#choose({ text: this.#search.value }, true));
    this.#search.addEventListener('keydown', (event) => this.#leaveSearch(event));
    const label = el('label', { for: 'search', class: 'unseen' }, 'Search services');
    const bar = el('search', { class: 'bar' }, label, this.#search, ...this.#selects.values(), this.#count);
    const heading = el('h1', { class: 'unseen' }, 'Services');
    this.element = el('section', { class: 'services' }, heading, bar, this.#tree.element, this.#empty);
  }

  render(catalogue: Catalogue, filter: Filter): void {
    if (catalogue.entries !== this.#catalogue?.entries || filter !== this.#filter)
      this.#find(catalogue, filter);
    this.#tree.render(this.#rows());
  }

  /** What was being looked at is looked at again. */
  focus(): void {
    this.#tree.focus();
  }

  search(): void {
    this.#search.focus();
    this.#search.select();
  }

  #find(catalogue: Catalogue, filter: Filter): void {
    const isOther = filter !== this.#filter;
    if (catalogue.entries !== this.#catalogue?.entries)
      this.#choices = new Map(CHOICES.map((choice) => [choice, choicesOf(catalogue.entries, choice)]));
    this.#catalogue = catalogue;
    this.#filter = filter;
    this.#found = filtered(catalogue.entries, filter);
    if (this.#search.value !== filter.text) this.#search.value = filter.text;
    for (const [choice, select] of this.#selects)
      fillSelect(select, choice, this.#choices.get(choice) ?? [], filter[choice]);
    this.#tell(catalogue.entries.length, isOther);
  }

  #tell(all: number, isOther: boolean): void {
    const found = this.#found.length;
    const told = isFiltering(this.#filter)
      ? `${grouped(found)} of ${counted(all, 'service')}`
      : counted(all, 'service');
    this.#count.textContent = told;
    this.#empty.hidden = found > 0;
    this.#tree.element.hidden = found === 0;
    this.#empty.textContent =
      all === 0
        ? 'There are no services yet. Start a container, and it appears here.'
        : 'No service is like that.';
    if (isOther) this.#handlers.say(told);
  }

  #rows(): readonly Row[] {
    const all = isFiltering(this.#filter) || this.#found.length <= FEW;
    return rowsOf(
      this.#found,
      (key, level) => (level === 1 || all) !== this.#toggled.has(this.#toggleOf(key)),
    );
  }

  #toggle(key: string): void {
    const toggle = this.#toggleOf(key);
    if (!this.#toggled.delete(toggle)) this.#toggled.add(toggle);
    this.#tree.render(this.#rows());
  }

  /** What is closed among a few that were found is not closed among all. */
  #toggleOf(key: string): string {
    return isFiltering(this.#filter) ? `found/${key}` : key;
  }

  #select(choice: Choice): HTMLSelectElement {
    const select = el('select', { id: choice, 'aria-label': `Filter by ${choice}` });
    select.addEventListener('change', () => this.#choose({ [choice]: select.value }, false));
    return select;
  }

  #choose(chosen: Partial<Filter>, typing: boolean): void {
    this.#handlers.filter({ ...this.#filter, ...chosen }, typing);
  }

  #leaveSearch(event: KeyboardEvent): void {
    if (event.key !== 'ArrowDown' && event.key !== 'Enter') return;
    event.preventDefault();
    this.#tree.focus();
  }
}

function searchField(): HTMLInputElement {
  const hints = { placeholder: 'Search by name, address, image …', autocomplete: 'off', spellcheck: 'false' };
  return el('input', { id: 'search', type: 'search', 'aria-keyshortcuts': '/', ...hints });
}

/** A value that nobody has any more stays while it is chosen. */
function fillSelect(
  select: HTMLSelectElement,
  choice: Choice,
  there: readonly string[],
  chosen: string,
): void {
  const values = [...new Set([...there, ...(chosen === '' ? [] : [chosen])])].toSorted();
  if (values.join() !== select.dataset.values) {
    select.dataset.values = values.join();
    const options = values.map((value) => el('option', { value }, value));
    select.replaceChildren(el('option', { value: '' }, CHOICE_WORDS[choice]), ...options);
  }
  select.value = chosen;
}
