import type { Answer } from '../feed.ts';
import { el } from './dom.ts';

const TYPES = ['A', 'AAAA', 'SRV', 'TXT', 'MX', 'CNAME', 'HTTPS', 'PTR', 'SOA', 'NS'];

/** A question that is asked from here, and what comes back. */
export class TryIt {
  readonly element: HTMLElement;
  readonly #ask: (name: string, type: string) => Promise<Answer>;
  readonly #name = el('input', {
    id: 'try-name',
    type: 'text',
    spellcheck: 'false',
    autocomplete: 'off',
    required: true,
  });
  readonly #type = el('select', { id: 'try-type' }, ...TYPES.map((type) => el('option', {}, type)));
  readonly #answer = el('pre', {
    class: 'answer',
    tabindex: 0,
    role: 'region',
    'aria-label': 'Answer',
    'aria-live': 'polite',
    hidden: true,
  });
  #asked = 0;

  constructor(ask: (name: string, type: string) => Promise<Answer>) {
    this.#ask = ask;
    const form = el(
      'form',
      { class: 'try' },
      el('label', { for: 'try-name' }, 'Name'),
      this.#name,
      el('label', { for: 'try-type' }, 'Type'),
      this.#type,
      el('button', { type: 'submit', class: 'primary' }, 'Ask'),
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.ask(this.#name.value, this.#type.value);
    });
    this.element = el(
      'section',
      { 'aria-labelledby': 'try-title' },
      el('h2', { id: 'try-title' }, 'Try it'),
      form,
      this.#answer,
    );
  }

  /** Sets the question, and forgets the last answer. */
  prepare(name: string, type: string): void {
    this.#asked += 1;
    this.#name.value = name;
    this.#type.value = type;
    this.#answer.hidden = true;
  }

  /** An answer that comes after another question is nobody's any more. */
  async ask(name: string, type: string): Promise<void> {
    this.prepare(name, type);
    const asked = this.#asked;
    const text = await this.#textOf(name, type);
    if (asked !== this.#asked) return;
    this.#answer.textContent = text;
    this.#answer.hidden = false;
  }

  async #textOf(name: string, type: string): Promise<string> {
    try {
      return (await this.#ask(name.trim(), type)).text.trimEnd();
    } catch (error) {
      return (error as Error).message;
    }
  }
}
