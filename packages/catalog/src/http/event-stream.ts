/** One server-sent event (WHATWG HTML, 9.2). Comments and retry times are not told. */
export interface StreamEvent {
  /** `message` unless the stream names another. */
  readonly event: string;
  /** Empty where the event has an id alone. */
  readonly data: string;
  /** What a client that was cut off names to go on from here. */
  readonly id?: string;
}

/** A value holds what else ends a line elsewhere, U+2028 for one: JSON does not escape that. */
const FIELD = /^(\w+): ?(.*)$/s;

/** Cuts a text that arrives in pieces into its events. Only whole ones are given: a torn one never was sent. */
export class EventStream {
  #rest = '';

  push(piece: string): StreamEvent[] {
    const blocks = (this.#rest + piece).split('\n\n');
    this.#rest = blocks.pop() ?? '';
    return blocks.map(readEvent).filter(({ data, id }) => data !== '' || id !== undefined);
  }
}

function readEvent(block: string): StreamEvent {
  const fields = block.split('\n').map((line) => FIELD.exec(line) ?? []);
  const values = (name: string) => fields.filter(([, field]) => field === name).map(([, , value]) => value);
  const id = values('id').at(-1);
  return {
    event: values('event').at(-1) ?? 'message',
    data: values('data').join('\n'),
    ...(id !== undefined && { id }),
  };
}
