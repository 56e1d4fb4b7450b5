import { linesOf, sharesOf } from '../model/chart.ts';
import type { Entry, Status } from '../model/service.ts';
import { KEPT, type Sample } from '../model/traffic.ts';
import { counted, duration, grouped, milliseconds, percent, rate } from '../model/words.ts';
import { el, svg } from './dom.ts';

const CHART = { width: 120, height: 28, room: KEPT };
/** Shown as they are; whatever else there may be is one. */
const OUTCOMES = ['NOERROR', 'NXDOMAIN', 'SERVFAIL', 'REFUSED'];

/** The state of the nameserver in a few tiles: figures large, what they mean small. */
export class Overview {
  readonly #element: HTMLElement;
  #told: readonly unknown[] = [];

  constructor(element: HTMLElement) {
    this.#element = element;
  }

  render(status: Status, samples: readonly Sample[], entries: readonly Entry[]): void {
    const told = [status, entries];
    if (told.every((each, at) => each === this.#told[at])) return;
    this.#told = told;
    this.#element.replaceChildren(
      servicesTile(entries),
      queriesTile(samples),
      latencyTile(samples),
      outcomesTile(samples),
      cacheTile(samples),
      zoneTile(status),
      storeTile(status),
    );
  }
}

function tile(title: string, figure: string, ...more: readonly (Node | string)[]): HTMLElement {
  return el('div', { class: 'tile' }, el('h2', {}, title), el('strong', {}, figure), ...more);
}

function note(text: string): HTMLElement {
  return el('small', { title: text }, text);
}

/** A note that keeps to one line: an address is not to be read in pieces. */
function line(text: string): HTMLElement {
  return el('small', { class: 'line', title: text }, text);
}

function servicesTile(entries: readonly Entry[]): HTMLElement {
  const unhealthy = entries.filter(({ state }) => state === 'unhealthy').length;
  const told = unhealthy === 0 ? 'none unhealthy' : `${grouped(unhealthy)} unhealthy`;
  return tile('Services', grouped(entries.length), note(told));
}

function queriesTile(samples: readonly Sample[]): HTMLElement {
  const rates = samples.map(({ queriesPerSecond }) => queriesPerSecond);
  const most = `at most ${rate(Math.max(0, ...rates))}`;
  return tile('Queries/s', rate(rates.at(-1) ?? 0), note(most), chart(rates, most));
}

function latencyTile(samples: readonly Sample[]): HTMLElement {
  const last = samples.findLast(({ meanMs }) => meanMs !== undefined);
  if (last?.meanMs === undefined) return tile('Latency', '–', note('nobody has asked lately'));
  const told = `99 % within ${milliseconds(last.p99Ms ?? 0)}`;
  const means = samples.map(({ meanMs = 0 }) => meanMs);
  return tile('Latency', milliseconds(last.meanMs), note(told), chart(means, told));
}

function cacheTile(samples: readonly Sample[]): HTMLElement {
  const last = samples.findLast(({ cacheHits }) => cacheHits !== undefined);
  if (last?.cacheHits === undefined) return tile('Forward cache', '–', note('nothing was forwarded lately'));
  const shares = samples.map(({ cacheHits = 0 }) => cacheHits);
  const told = 'of forwarded questions';
  return tile(
    'Forward cache',
    percent(last.cacheHits),
    note(told),
    chart(shares, `${percent(last.cacheHits)} ${told}`),
  );
}

function chart(values: readonly number[], told: string): SVGElement {
  const { line, area } = linesOf(values, CHART);
  const { width, height } = CHART;
  const box = { class: 'chart', viewBox: `0 -1 ${width} ${height + 2}`, preserveAspectRatio: 'none' };
  const paths = [svg('path', { class: 'area', d: area }), svg('path', { class: 'line', d: line })];
  return svg('svg', { ...box, role: 'img', 'aria-label': `Over the last minutes: ${told}` }, ...paths);
}

function outcomesTile(samples: readonly Sample[]): HTMLElement {
  const shares = sharesOf(summed(samples));
  const [first] = shares;
  if (first === undefined) return tile('Outcomes', '–', note('nobody has asked lately'));
  const told = shares.map(({ name, share }) => `${name} ${percent(share)}`).join(', ');
  return tile('Outcomes', percent(first.share), bar(shares, told), note(told));
}

function summed(samples: readonly Sample[]): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const { outcomes } of samples)
    for (const [rcode, count] of Object.entries(outcomes)) {
      const name = OUTCOMES.includes(rcode) ? rcode : 'others';
      sums[name] = (sums[name] ?? 0) + count;
    }
  return sums;
}

function bar(shares: ReturnType<typeof sharesOf>, told: string): SVGElement {
  let from = 0;
  const parts = shares.map(({ name, share }) => {
    const part = svg('rect', {
      class: `outcome ${name.toLowerCase()}`,
      x: from,
      width: share * 100,
      height: 10,
    });
    from += share * 100;
    return part;
  });
  const box = { class: 'outcomes', viewBox: '0 0 100 10', preserveAspectRatio: 'none' };
  return svg('svg', { ...box, role: 'img', 'aria-label': told }, ...parts);
}

function zoneTile({ revision, ageSeconds, records, domains }: Status): HTMLElement {
  const age = ageSeconds === undefined ? '–' : duration(ageSeconds);
  return tile(
    'Zone changed',
    ageSeconds === undefined ? age : `${age} ago`,
    note(`revision ${revision}, ${counted(records, 'record')} in ${domains.join(' ')}`),
  );
}

function storeTile({ ready, unready, store, version, uptimeSeconds }: Status): HTMLElement {
  const figure = el(
    'span',
    { class: `state ${ready ? 'healthy' : 'unhealthy'}` },
    ready ? 'ready' : 'not ready',
  );
  const about = `up ${duration(uptimeSeconds)}, version ${version}`;
  const notes = ready ? [line(store), line(about)] : [note(unready ?? '')];
  return el('div', { class: 'tile' }, el('h2', {}, 'Store'), el('strong', {}, figure), ...notes);
}
