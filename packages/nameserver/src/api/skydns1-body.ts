import type { SkyDns1Callback, SkyDns1Service } from '../zone/registered.ts';

type Registering = SkyDns1Service & { readonly TTL: number };

/**
 * A service as a body tells it. Like Go's decoder: names in whatever case, absent is empty, a wrong type is an error.
 * @throws {SyntaxError} {TypeError} or {RangeError} for a body that cannot be read
 */
export function readRegistration(body: string, uuid: string): Registering {
  const fields = fieldsOf(body);
  const string = (name: string) => typed(fields.get(name), 'string', '');
  const number = (name: string, most: number) => whole(typed(fields.get(name), 'number', 0), most);
  return {
    UUID: uuid,
    Name: string('name'),
    Version: string('version'),
    Environment: string('environment'),
    Region: string('region'),
    Host: string('host'),
    Port: number('port', 65_535),
    TTL: number('ttl', 2 ** 32 - 1),
    NoExpire: typed(fields.get('noexpire'), 'boolean', false),
  };
}

/** Whom to call when a service goes. @throws as `readRegistration` does */
export function readCallback(body: string, uuid: string): SkyDns1Callback {
  const { Port } = readRegistration(body, uuid);
  const reply = fieldsOf(body).get('reply');
  return { UUID: uuid, Reply: typed(reply, 'string', ''), Port };
}

function fieldsOf(body: string): ReadonlyMap<string, unknown> {
  const parsed: unknown = JSON.parse(body);
  if (typeof parsed !== 'object' || parsed === null) throw new TypeError('not an object');
  return new Map(Object.entries(parsed).map(([name, value]) => [name.toLowerCase(), value as unknown]));
}

function typed<T extends string | number | boolean>(value: unknown, type: string, absent: T): T {
  if (value === undefined || value === null) return absent;
  if (typeof value !== type) throw new TypeError(`expected a ${type}`);
  return value as T;
}

function whole(value: number, most: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= most) return value;
  throw new RangeError(`${value} is out of range`);
}
