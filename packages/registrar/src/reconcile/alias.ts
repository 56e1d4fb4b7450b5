import { isWithin, labelsOf, NameError, type OwnerName, ownerName } from '@callsign/catalog';
import { describe } from '@callsign/daemon';

/** Underscores too: an alias is a name as somebody spelled it, and `_http._tcp` is one. */
const LABEL = /^[a-z0-9_-]+$/;
/** What the zone keeps below `dns` for itself; the nameserver answers NS and its own addresses from there. */
const RESERVED = ['ns', 'apex', 'stub', 'local'];

/** The owner names of aliases, each once; why one is left out is added to `refused`. */
export function aliasNames(aliases: readonly string[], domain: OwnerName, refused: string[]): OwnerName[] {
  const names = new Set<OwnerName>();
  for (const alias of aliases) {
    try {
      names.add(aliasName(alias, domain));
    } catch (error) {
      refused.push(describe(error));
    }
  }
  return [...names];
}

/**
 * The owner name of an alias: a name within the domain as it is given (`db.docker`), or one label right below the
 * domain (`db`). A leading `*` makes it a wildcard (RFC 4592).
 * @throws {NameError} when it is in no domain of ours or no name at all
 */
function aliasName(alias: string, domain: OwnerName): OwnerName {
  const name = ownerName(/^[^.]+$/.test(alias) ? `${alias}.${domain}` : alias);
  if (name === domain) throw new NameError(`the alias ${name} is the domain itself`);
  if (!isWithin(name, domain)) throw new NameError(`the alias ${name} is not within ${domain}`);
  const [first = '', ...rest] = labelsOf(name);
  const wrong = [...(first === '*' ? [] : [first]), ...rest].find((label) => !LABEL.test(label));
  if (wrong !== undefined) throw new NameError(`the alias ${name} has the label "${wrong}"`);
  refuseReserved(name, domain);
  return name;
}

/** @throws {NameError} for a name that would speak for the zone, whoever asks for it */
export function refuseReserved(name: OwnerName, domain: OwnerName): void {
  const reserved = RESERVED.find((label) => isWithin(name, `${label}.dns.${domain}`));
  if (reserved === undefined) return;
  throw new NameError(`${reserved}.dns.${domain} is for records of the zone itself`);
}
