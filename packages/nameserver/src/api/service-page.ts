import { type HttpReply, jsonText } from '@callsign/daemon';
import type { Turns } from '../turns.ts';
import type { Zone } from '../zone/zone.ts';
import { type Listed, listed } from './listed.ts';
import { type Position, type ServiceQuery, SORT_VALUES, type Sort } from './service-query.ts';
import { sorted } from './sorted.ts';

/** The part of a list that a query asks for. */
export interface ServicePage {
  /** How many there are on all pages. */
  readonly total: number;
  readonly services: readonly Listed[];
  /** What to ask for the next page with; absent on the last one. */
  readonly next?: string;
}

interface Placed {
  readonly service: Listed;
  readonly at: Position;
}

/** Characters of a reply that are made and sent at once. */
const PIECE = 64 << 10;

/** @param zone a copy, which stays as it is while others have their turns */
export async function pageOf(zone: Zone, query: ServiceQuery, turns: Turns): Promise<ServicePage> {
  const { sort, limit = Number.POSITIVE_INFINITY, after } = query;
  const wanted = await found(zone, query, turns);
  const rest = after === undefined ? wanted : wanted.filter(({ at }) => compare(at, after, sort) > 0);
  const ordered = await sorted(rest, (a, b) => compare(a.at, b.at, sort), turns);
  const page = ordered.slice(0, limit);
  const last = page.at(-1);
  return {
    total: wanted.length,
    services: page.map(({ service }) => service),
    ...(last !== undefined && page.length < ordered.length && { next: cursorOf(last.at) }),
  };
}

/** The page as JSON, each piece of it made within one turn. */
export async function pageReply(revision: number, page: ServicePage, turns: Turns): Promise<HttpReply> {
  const { services, ...about } = page;
  const pieces: string[] = [];
  let piece = `${JSON.stringify({ revision, ...about }).slice(0, -1)},"services":[`;
  for (const [index, { shown }] of services.entries()) {
    piece += `${index === 0 ? '' : ','}${JSON.stringify(shown)}`;
    if (piece.length < PIECE) continue;
    pieces.push(piece);
    piece = '';
    if (turns.over) await turns.next();
  }
  pieces.push(`${piece}]}\n`);
  return jsonText(200, pieces);
}

async function found(zone: Zone, { filters, sort }: ServiceQuery, turns: Turns): Promise<Placed[]> {
  const all: Placed[] = [];
  for (const service of listed(zone)) {
    if (filters.every((fits) => fits(service))) all.push({ service, at: positionIn(service, sort) });
    if (turns.over) await turns.next();
  }
  return all;
}

function positionIn(service: Listed, { by }: Sort): Position {
  return { value: SORT_VALUES[by](service), name: service.name };
}

function compare(a: Position, b: Position, { descending }: Sort): number {
  const order = inOrder(a.value, b.value) || inOrder(a.name, b.name);
  return descending ? -order : order;
}

function inOrder<T extends string | number>(a: T, b: T): number {
  return a < b ? -1 : Number(a > b);
}

function cursorOf({ value, name }: Position): string {
  return Buffer.from(JSON.stringify([value, name])).toString('base64url');
}
