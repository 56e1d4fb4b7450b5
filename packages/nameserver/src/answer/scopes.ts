import { AnswerTable, AnswerWriter, type Exchange, Stamps } from '@callsign/dns';
import type { View, Views } from '../static/views.ts';
import type { Zone } from '../zone/zone.ts';
import { Authority } from './authority.ts';

/**
 * Bytes that finished answers may take: whatever is asked, and more where there is more to ask for. Questions for names
 * that nobody has cannot make a small server large.
 */
const LEAST_ROOM = 1 << 25;
const ROOM_FOR_RECORD = 256;

/** What one kind of client is answered from. */
export class Scope {
  readonly authority: Authority;
  readonly table: AnswerTable;
  readonly writer: AnswerWriter;

  constructor({ claims }: View, bytes: number, stamps: Stamps) {
    this.authority = new Authority(claims);
    this.table = AnswerTable.create(bytes, stamps);
    this.writer = new AnswerWriter(this.table.memory.slab);
  }
}

/** A scope for each view. */
export class Scopes {
  readonly everyone: Scope;
  /** Without several views no packet's address is looked at. */
  readonly differ: boolean;
  readonly #views: Views;
  readonly #scopes: ReadonlyMap<View, Scope>;

  /** @param bytes memory for the finished answers of each */
  constructor(views: Views, bytes: number) {
    const stamps = new Stamps();
    this.#views = views;
    this.#scopes = new Map(views.all.map((view) => [view, new Scope(view, bytes, stamps)]));
    this.everyone = this.#scopes.get(views.everyone) as Scope;
    this.differ = this.#scopes.size > 1;
  }

  of(exchange: Exchange): Scope {
    return this.differ ? (this.#scopes.get(this.#views.of(exchange.peer)) as Scope) : this.everyone;
  }

  publish(zone: Zone): void {
    for (const { authority } of this.#scopes.values()) authority.publish(zone);
  }

  /** Told of every change of the zone. */
  changed({ revision, size }: Zone): void {
    for (const { table } of this.#scopes.values()) {
      table.serial = revision % 2 ** 32;
      table.useAtMost(LEAST_ROOM + size * ROOM_FOR_RECORD);
    }
  }

  get finishedAnswers(): number {
    return [...this.#scopes.values()].reduce((sum, { table }) => sum + table.size, 0);
  }
}
