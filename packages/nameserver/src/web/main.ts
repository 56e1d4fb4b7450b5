import { ask, Feed, type Link } from './feed.ts';
import { type Address, readAddress, writeAddress } from './model/address.ts';
import { type Change, changed, listed, NOTHING } from './model/catalogue.ts';
import type { Filter } from './model/filter.ts';
import type { Service, Status } from './model/service.ts';
import { prolonged, type Sample } from './model/traffic.ts';
import { duration } from './model/words.ts';
import { Announcer } from './view/announcer.ts';
import { el, part } from './view/dom.ts';
import { EventsView } from './view/events-view.ts';
import { Header } from './view/header.ts';
import { NodesView } from './view/nodes-view.ts';
import { Overview } from './view/overview.ts';
import { ServicePage } from './view/service-page.ts';
import { ServicesView } from './view/services-view.ts';

/** What is known and what is shown of it; draws once a frame, however much has changed. */
class Dashboard {
  readonly #main = part('main');
  readonly #announcer = new Announcer(part('announcer'));
  readonly #header = new Header();
  readonly #overview = new Overview(part('overview'));
  readonly #views = this.#createViews();
  readonly #page = this.#createPage();
  #catalogue = NOTHING;
  #status: Status | undefined;
  #samples: readonly Sample[] = [];
  #link: Link = { kind: 'connecting' };
  #address = readAddress(location.search);
  #isDue = false;

  start(): void {
    addEventListener('popstate', () => this.#go(readAddress(location.search)));
    document.addEventListener('click', (event) => this.#follow(event));
    document.addEventListener('keydown', (event) => this.#shortcut(event));
    setInterval(() => this.#draw(), 1_000);
    new Feed(this).start();
    this.#draw();
  }

  listed(services: readonly Service[], status: Status): void {
    this.#catalogue = listed(this.#catalogue, services, status.domains);
    this.counted(status, []);
  }

  changed(changes: readonly Change[]): void {
    this.#catalogue = changed(this.#catalogue, changes);
    this.#draw();
  }

  counted(status: Status, samples: readonly Sample[]): void {
    this.#status = status;
    this.#samples = prolonged(this.#samples, samples);
    this.#draw();
  }

  linked(link: Link): void {
    if (link.kind !== this.#link.kind && link.kind === 'lost')
      this.#announcer.say(`Not connected: ${link.why}`);
    if (link.kind === 'live' && this.#link.kind === 'lost') this.#announcer.say('Connected again');
    this.#link = link;
    this.#draw();
  }

  #createViews() {
    const hrefOf = (name: string) => this.#hrefOf({ service: name });
    const services = new ServicesView({
      hrefOf,
      ageOf: ({ entry }) => ageOf(entry.service),
      show: (service) => this.#visit({ ...this.#address, service }),
      filter: (filter, typing) => this.#filter(filter, typing),
      say: (text) => this.#announcer.say(text),
    });
    return { services, nodes: new NodesView(), events: new EventsView(hrefOf) };
  }

  #createPage(): ServicePage {
    const back = () => this.#hrefOf({ service: '' });
    return new ServicePage({ ask, ageOf, back, say: (text) => this.#announcer.say(text) });
  }

  #hrefOf(other: Partial<Address>): string {
    return writeAddress({ ...this.#address, ...other });
  }

  /** A link of ours, unless it is to open elsewhere. */
  #follow(event: MouseEvent): void {
    const link = (event.target as Element).closest<HTMLAnchorElement>('a[href^="?"]');
    if (link === null || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.#visit(readAddress(link.search));
  }

  #shortcut(event: KeyboardEvent): void {
    const isWriting = (event.target as Element).matches('input, select, textarea');
    if (event.key !== '/' || isWriting || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    if (this.#address.view !== 'services' || this.#address.service !== '')
      this.#visit({ ...this.#address, view: 'services', service: '' });
    this.#views.services.search();
  }

  #visit(address: Address): void {
    history.pushState(null, '', writeAddress(address));
    this.#go(address);
  }

  /** What was typed in one go is one step back. */
  #filter(filter: Filter, typing: boolean): void {
    this.#address = { ...this.#address, filter };
    const address = writeAddress(this.#address);
    if (typing && history.state === 'typing') history.replaceState('typing', '', address);
    else history.pushState(typing ? 'typing' : null, '', address);
    this.#show();
  }

  /** The focus goes along, so that who cannot see the page is where it has changed. */
  #go(address: Address): void {
    const { view, service } = this.#address;
    this.#address = address;
    this.#show();
    if (address.service !== service && address.service !== '') this.#page.focus();
    else if (address.service !== service) this.#views.services.focus();
    else if (address.view !== view) this.#main.focus();
  }

  #draw(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => this.#show());
  }

  #show(): void {
    this.#isDue = false;
    this.#header.render(this.#address, this.#link);
    if (this.#status !== undefined)
      this.#overview.render(this.#status, this.#samples, this.#catalogue.entries);
    const shown = this.#shown();
    if (this.#main.firstElementChild !== shown) this.#main.replaceChildren(shown);
  }

  #shown(): HTMLElement {
    if (this.#status === undefined) return this.#showNothing();
    return this.#address.service === '' ? this.#showView() : this.#showPage(this.#address.service);
  }

  /** Until something is known. */
  #showNothing(): HTMLElement {
    const told = this.#link.kind === 'lost' ? `Not connected: ${this.#link.why}` : 'Loading …';
    return el('p', { class: 'empty' }, told);
  }

  #showView(): HTMLElement {
    const { services, nodes, events } = this.#views;
    const { view, filter } = this.#address;
    document.title = `${view === 'services' ? 'Services' : view === 'nodes' ? 'Nodes' : 'Events'} · Callsign`;
    switch (view) {
      case 'services':
        services.render(this.#catalogue, filter);
        return services.element;
      case 'nodes':
        nodes.render(this.#catalogue.entries);
        return nodes.element;
      case 'events':
        events.render(this.#catalogue.happenings);
        return events.element;
      default:
        return view satisfies never;
    }
  }

  #showPage(name: string): HTMLElement {
    document.title = `${name} · Callsign`;
    this.#page.render(name, this.#catalogue.byName.get(name), this.#status);
    return this.#page.element;
  }
}

function ageOf({ callsign }: Service): string {
  const since = Date.parse(String(callsign?.since));
  return Number.isNaN(since) ? '' : duration((Date.now() - since) / 1000);
}

new Dashboard().start();
