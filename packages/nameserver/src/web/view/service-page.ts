import type { Answer } from '../feed.ts';
import { nodeOf } from '../model/filter.ts';
import { digLine, type Question, questionsFor } from '../model/questions.ts';
import { addressOf, type Entry, type Service, type Status, sourceOf } from '../model/service.ts';
import { button, el, replace } from './dom.ts';
import { stateMark } from './state-mark.ts';
import { TryIt } from './try-it.ts';

export interface ServicePageHandlers {
  readonly ask: (name: string, type: string) => Promise<Answer>;
  readonly ageOf: (service: Service) => string;
  readonly say: (text: string) => void;
  /** Where the list is that the page was opened from. */
  readonly back: () => string;
}

/** Everything about one service: what it is, what finds it, and what the answer would be. */
export class ServicePage {
  readonly element: HTMLElement;
  readonly #handlers: ServicePageHandlers;
  readonly #head = el('header', { class: 'page-head' });
  readonly #facts = el('dl', { class: 'facts' });
  readonly #questions = el('tbody');
  readonly #try: TryIt;
  #name = '';
  /** The last that was known of it. */
  #entry: Entry | undefined;
  /** What its parts are made from. */
  #told = '';
  #toldFacts = '';

  constructor(handlers: ServicePageHandlers) {
    this.#handlers = handlers;
    this.#try = new TryIt(handlers.ask);
    const heads = ['Question', 'Finds'].map((title) => el('th', { scope: 'col' }, title));
    const head = el('thead', {}, el('tr', {}, ...heads, el('td')));
    const table = el('table', { class: 'questions' }, head, this.#questions);
    const asked = el(
      'section',
      { 'aria-labelledby': 'ask-title' },
      el('h2', { id: 'ask-title' }, 'What finds it'),
      table,
    );
    const details = el(
      'section',
      { 'aria-labelledby': 'facts-title' },
      el('h2', { id: 'facts-title' }, 'What it is'),
      this.#facts,
    );
    this.element = el('article', { class: 'service' }, this.#head, details, asked, this.#try.element);
  }

  /** @param entry absent when there is none of that name, or none any more */
  render(name: string, entry: Entry | undefined, status: Status | undefined): void {
    const isOther = name !== this.#name;
    this.#name = name;
    if (isOther || entry !== undefined) this.#entry = entry;
    this.#fill(entry !== undefined, status);
    this.#fillFacts();
    if (isOther) this.#try.prepare(name, this.#questionsFor()[0]?.type ?? 'A');
  }

  focus(): void {
    this.#head.querySelector<HTMLElement>('h1')?.focus();
  }

  #questionsFor(): readonly Question[] {
    return this.#entry === undefined ? [] : questionsFor(this.#entry.service);
  }

  /** Anew only when there is something else to say: who is selecting text would lose it. */
  #fill(isThere: boolean, status: Status | undefined): void {
    const told = JSON.stringify([this.#name, isThere, this.#entry?.service, status?.dns]);
    if (told === this.#told) return;
    this.#told = told;
    replace(this.#head, ...this.#headOf(isThere));
    replace(this.#questions, ...this.#questionsFor().map((each, at) => this.#questionRow(each, at, status)));
  }

  #fillFacts(): void {
    const service = this.#entry?.service;
    const facts = service === undefined ? [] : factsOf(service, this.#handlers.ageOf(service));
    if (JSON.stringify(facts) === this.#toldFacts) return;
    this.#toldFacts = JSON.stringify(facts);
    this.#facts.replaceChildren(...facts.map(factOf));
  }

  #headOf(isThere: boolean): readonly HTMLElement[] {
    const name = this.#name;
    const title = this.#entry?.place.instance ?? name;
    const back = el('a', { href: this.#handlers.back(), class: 'back' }, '← Back');
    const gone = el('span', { class: 'state gone' }, 'gone');
    const state = isThere && this.#entry !== undefined ? stateMark(this.#entry.state) : gone;
    const heading = el('h1', { tabindex: -1 }, title);
    return [back, el('div', { class: 'title' }, heading, state), el('p', { class: 'mono faint' }, name)];
  }

  #questionRow(question: Question, at: number, status: Status | undefined): HTMLElement {
    const { name, type, finds } = question;
    const line = digLine(question, status?.dns ?? [], location.hostname);
    const copy = button('Copy', () => this.#copy(line, copy), {
      id: `copy-${at}`,
      class: 'small',
      'aria-label': `Copy: ${line}`,
    });
    const ask = button('Try', () => this.#try.ask(name, type), {
      id: `ask-${at}`,
      class: 'small',
      'aria-label': `Try: ${type} ${name}`,
    });
    return el(
      'tr',
      {},
      el('td', {}, el('code', {}, line)),
      el('td', { class: 'faint' }, finds),
      el('td', { class: 'actions' }, copy, ask),
    );
  }

  /** Where the page came over plain HTTP from another machine, browsers give no clipboard. */
  async #copy(line: string, from: HTMLElement): Promise<void> {
    try {
      await navigator.clipboard.writeText(line);
      this.#handlers.say('Copied');
      from.textContent = 'Copied';
    } catch {
      const code = from.closest('tr')?.querySelector('code');
      if (code) getSelection()?.selectAllChildren(code);
      this.#handlers.say('Selected: copy it with the keyboard');
    }
  }
}

type Fact = readonly [term: string, value: string];

function factOf([term, value]: Fact): HTMLElement {
  return el('div', {}, el('dt', {}, term), el('dd', { class: 'mono' }, value));
}

/** Only what it has. */
function factsOf(service: Service, age: string): readonly Fact[] {
  const { callsign = {}, ttl, leaseTtl, mail, priority, weight, text, group, revision, region } = service;
  const facts: readonly (readonly [string, unknown])[] = [
    ['Address', addressOf(service)],
    ['Node', nodeOf(service)],
    ['Region', region],
    ['Age', age],
    ['TTL', ttl > 0 && `${ttl} s`],
    [
      'Lease',
      leaseTtl === undefined ? 'none: it stays until it is removed' : `${leaseTtl} s after its last renewal`,
    ],
    ['Source', sourceOf(service)],
    ['Revision', revision],
    ['Health check', callsign.health],
    ['Container', callsign.container?.slice(0, 12)],
    ['Image', callsign.image],
    ['Network', callsign.network],
    ['Plugin', callsign.plugin],
    ['Protocol', callsign.protocol],
    ['Port name', callsign.portname],
    ['Scheme', callsign.scheme],
    ['Priority', priority],
    ['Weight', weight],
    ['Mail exchanger', mail && 'yes'],
    ['Group', group],
    ['Text', text],
  ];
  return facts.filter(([, value]) => Boolean(value)).map(([term, value]) => [term, String(value)]);
}
