import type { Service, Status } from './service.ts';

export interface Question {
  readonly name: string;
  readonly type: string;
  /** What it finds. */
  readonly finds: string;
}

/** What can be asked to find a service: by all of its name, by what is left of it, and backwards. */
export function questionsFor(service: Service): readonly Question[] {
  const type = addressType(service.host);
  const names = namesOf(service);
  const common = names.at(-1)?.name ?? service.name;
  return [
    ...names.map(({ name, finds }) => ({ name, type, finds })),
    ...(service.port > 0 ? [{ name: common, type: 'SRV', finds: 'host and port of every instance' }] : []),
    ...(service.text === '' ? [] : [{ name: service.name, type: 'TXT', finds: 'its text' }]),
    ...(service.mail ? [{ name: service.name, type: 'MX', finds: 'it as a mail exchanger' }] : []),
    ...reverseOf(service),
  ];
}

interface Named {
  readonly name: string;
  readonly finds: string;
}

/** `id.node.region.instance.service.environment.domain`, and what may be left out of it. */
function namesOf({ name, instance, service }: Service): readonly Named[] {
  if (instance === undefined || service === undefined) return [{ name, finds: 'this service' }];
  const labels = name.split('.');
  const below = (left: number) => labels.slice(left).join('.');
  return [
    { name, finds: 'this record' },
    { name: below(3), finds: `every ${instance}` },
    { name: below(4), finds: `every ${service}` },
  ];
}

/** CNAME for a host that is a name. */
function addressType(host: string): string {
  if (host.includes(':')) return 'AAAA';
  return isIPv4(host) || host === '' ? 'A' : 'CNAME';
}

function isIPv4(host: string): boolean {
  return /^\d+\.\d+\.\d+\.\d+$/.test(host);
}

/** RFC 1035, 3.5. Of IPv6 it would be 72 characters that nobody types: `dig -x` knows them. */
function reverseOf({ host }: Service): readonly Question[] {
  if (!isIPv4(host)) return [];
  const name = `${host.split('.').toReversed().join('.')}.in-addr.arpa.`;
  return [{ name, type: 'PTR', finds: 'whose address it is' }];
}

/** A line for a shell that asks this nameserver. @param here the host that the page came from */
export function digLine(
  { name, type }: Pick<Question, 'name' | 'type'>,
  dns: Status['dns'],
  here: string,
): string {
  const [host, port] = serverOf(dns, here);
  return ['dig', `@${host}`, ...(port === '53' ? [] : ['-p', port]), ...asked(name), type].join(' ');
}

/** Whoever writes a name may put into it what a shell would run, or what dig would take for an option. */
function asked(name: string): readonly string[] {
  const word = /^[\w.-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
  return /^[-+@]/.test(name) ? ['-q', word] : [word];
}

/** Where it listens everywhere, it is asked where the page came from. */
function serverOf(dns: Status['dns'], here: string): readonly [host: string, port: string] {
  const at = dns[0] ?? ':53';
  const colon = at.lastIndexOf(':');
  const host = unbracketed(at.slice(0, colon));
  return [['', '*', '0.0.0.0', '::'].includes(host) ? unbracketed(here) : host, at.slice(colon + 1)];
}

function unbracketed(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}
