import type { Link } from '../feed.ts';
import { type Address, VIEWS, type View, writeAddress } from '../model/address.ts';
import { switchTheme, theme } from '../theme.ts';
import { el, part, replace } from './dom.ts';

const VIEW_WORDS: Readonly<Record<View, string>> = { services: 'Services', nodes: 'Nodes', events: 'Events' };
const LINK_WORDS: Readonly<Record<Link['kind'], string>> = {
  connecting: 'Connecting',
  live: 'Live',
  lost: 'Not connected',
};

/** The line at the top: where one is, whether what is shown is true now, and the theme. */
export class Header {
  readonly #nav = part('views');
  readonly #link = part('link');
  readonly #theme = part('theme');

  constructor() {
    this.#theme.addEventListener('click', () => {
      switchTheme();
      this.#tellTheme();
    });
    this.#tellTheme();
  }

  render(address: Address, link: Link): void {
    replace(this.#nav, ...VIEWS.map((view) => viewLink(view, address)));
    this.#link.className = `link ${link.kind}`;
    this.#link.textContent = LINK_WORDS[link.kind];
    this.#link.title = link.kind === 'lost' ? link.why : '';
  }

  #tellTheme(): void {
    this.#theme.textContent = `Theme: ${theme()}`;
  }
}

function viewLink(view: View, { view: current, filter }: Address): HTMLElement {
  const href = writeAddress({ view, service: '', filter });
  return el('a', { href, 'aria-current': view === current ? 'page' : undefined }, VIEW_WORDS[view]);
}
