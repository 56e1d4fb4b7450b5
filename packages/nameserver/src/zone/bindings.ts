import type { OwnerName } from '@callsign/catalog';
import type { ResourceRecord, ServiceBinding } from '@callsign/dns';
import { declaredBy } from './declared.ts';
import { targetName } from './record.ts';
import { DEFAULT_PRIORITY, distinct } from './rrsets.ts';
import type { Attribute } from './underscored.ts';

/** A client that has no hint asks for the target's address: a few hints do, and the answer stays short. */
const MOST_HINTS = 16;

/**
 * HTTPS and SVCB records (RFC 9460): one for each target, port number and choice of protocols.
 * @param glue the addresses of the targets, as far as they are known
 */
export function bindingRecords(
  owner: OwnerName,
  type: ServiceBinding['type'],
  attributes: readonly Attribute[],
  glue: readonly ResourceRecord[],
): ResourceRecord[] {
  const ranks = [...new Set(attributes.map(priorityOf))].sort((a, b) => a - b);
  const byTarget = Map.groupBy(glue, ({ name }) => name);
  return distinct(
    attributes.map((attribute) => {
      const { record } = attribute;
      const target = targetName(record);
      const params = paramsOf(attribute, byTarget.get(target) ?? []);
      const priority = ranks.indexOf(priorityOf(attribute)) + 1;
      return { name: owner, ttl: record.ttl, type, priority, target, ...params };
    }),
  );
}

/** SRV's priorities, which count from 10 when nothing is said; here they are numbered from 1. */
function priorityOf({ record }: Attribute): number {
  return record.service.priority || DEFAULT_PRIORITY;
}

function paramsOf({ record, port: known }: Attribute, glue: readonly ResourceRecord[]) {
  const { alpn } = declaredBy(record);
  const { port } = record.service;
  const hints = (type: 'A' | 'AAAA') =>
    glue
      .flatMap((each) => (each.type === type ? [each.address] : []))
      .toSorted()
      .slice(0, MOST_HINTS);
  return {
    ...(alpn.length > 0 && { alpn }),
    ...(port > 0 && port !== known && { port }),
    ipv4hint: hints('A'),
    ipv6hint: hints('AAAA'),
  };
}
