import type { OwnerName } from '@callsign/catalog';
import { MAX_MESSAGE, presentName, type ResourceRecord, TYPE } from '@callsign/dns';
import { ANY_ANSWER } from './any.ts';
import { bindingRecords } from './bindings.ts';
import { Chase, type Chased, wantedBy } from './chase.ts';
import { type Glue, glueFor, NO_GLUE } from './glue.ts';
import type { Node } from './node.ts';
import type { Outcome, Records } from './outcome.ts';
import { pointerName, targetName, type ZoneRecord } from './record.ts';
import { distinct, isMail, isSrv, mxRecords, srvRecords, textRecords } from './rrsets.ts';
import { serversOnce } from './servers.ts';
import { soaOf } from './soa.ts';
import {
  addressSource,
  isSample,
  nodeBelow,
  recordsOf,
  type Source,
  type Wanted,
  wholeOf,
} from './source.ts';
import { lookupSpecialUse } from './special-use.ts';
import { findSource } from './synthesis.ts';
import { TRAIT } from './traits.ts';
import { findUnderscored, type Made, webServices } from './underscored.ts';
import type { Zone } from './zone.ts';

/**
 * Addresses are told only behind a whole answer, and an answer is no longer than 64 KiB: of more records than these,
 * of 19 bytes at the least (RFC 2782: owner, fixed part, six bytes, target), there is never one.
 */
const MOST_WITH_GLUE = Math.floor(MAX_MESSAGE / 19);

/**
 * Looks a question up: a function of the zone as it is now.
 * @param labels in lower case
 * @param most of how many addresses a sample will do; absent: all of them are told
 */
export function lookup(zone: Zone, labels: readonly string[], type: number, most?: number): Outcome {
  const name = presentName(labels);
  const domain = zone.domainOf(name);
  if (labels.at(-1) === 'arpa') return lookupReverse(zone, name, labels, type, domain);
  if (domain === undefined) return lookupElsewhere(zone, name, labels, type);
  return lookupIn(zone, name, labels, type, domain, most);
}

function lookupElsewhere(zone: Zone, name: OwnerName, labels: readonly string[], type: number): Outcome {
  return lookupSpecialUse(zone, name, labels, type) ?? { kind: 'outside' };
}

function lookupIn(
  zone: Zone,
  name: OwnerName,
  labels: readonly string[],
  type: number,
  domain: OwnerName,
  most?: number,
): Outcome {
  const made = name.startsWith('_') ? findUnderscored(zone, name, labels, domain) : undefined;
  if (made?.kind === 'made') return lookupUnderscored(zone, made, domain, type);
  const source = findSource(zone, name, labels, domain);
  const anchor = made?.anchor ?? source.anchor;
  if (source.nodes === undefined) return { kind: 'nxdomain', answer: [], soa: soaOf(zone, domain), anchor };
  return new Lookup(zone, { ...source, anchor, ...(most !== undefined && { most }) }, domain).answer(type);
}

/** What a part of the tree answers, for a name that is stored but that a question cannot ask for (`*`). */
export function lookupAt(zone: Zone, source: Source, domain: OwnerName, type: number): Outcome {
  return new Lookup(zone, source, domain).answer(type);
}

/** A name that is made of what services declare has nothing but the one type that it is made for. */
function lookupUnderscored(zone: Zone, made: Made, domain: OwnerName, type: number): Outcome {
  const { owner, anchor } = made;
  if (type === TYPE.ANY) return { kind: 'hit', answer: [anyAnswer(zone, owner)], additional: [], anchor };
  const attributes = made.attributes.filter((attribute) => TYPE[attribute.type] === type);
  if (attributes.length === 0) return { kind: 'nodata', answer: [], soa: soaOf(zone, domain), anchor };
  const all = attributes.map(({ record }) => record);
  const records = type === TYPE.SRV ? serversOnce(all) : all;
  const binding = type === TYPE.HTTPS ? 'HTTPS' : 'SVCB';
  const make = (glue: Records) =>
    type === TYPE.SRV ? srvRecords(owner, records) : bindingRecords(owner, binding, attributes, glue);
  return pointing(zone, records, anchor, make);
}

/** An answer that points at other names: their addresses go into the additional section. */
function pointing(
  zone: Zone,
  records: readonly ZoneRecord[],
  anchor: Node,
  make: (glue: Records) => Records,
): Outcome {
  const glue = records.length > MOST_WITH_GLUE ? NO_GLUE : glueFor(zone, records);
  return withGlue(zone, make(glue.records), glue, anchor);
}

/** Where addresses stand elsewhere than at the name and below it, any change anywhere in the tree may change them. */
function withGlue(zone: Zone, answer: Records, glue: Glue, anchor: Node): Outcome {
  const around = glue.anchors.every((each) => each.isWithin(anchor)) ? anchor : zone.root;
  return { kind: 'hit', answer, additional: glue.records, anchor: around };
}

function anyAnswer(zone: Zone, owner: OwnerName): ResourceRecord {
  return { name: owner, ttl: zone.options.ttl, ...ANY_ANSWER };
}

/** One name's answers, type by type. */
class Lookup {
  readonly #zone: Zone;
  readonly #source: Source;
  readonly #domain: OwnerName;

  constructor(zone: Zone, source: Source, domain: OwnerName) {
    this.#zone = zone;
    this.#source = source;
    this.#domain = domain;
  }

  answer(type: number): Outcome {
    switch (type) {
      case TYPE.A:
      case TYPE.AAAA:
        return this.#addresses(type);
      case TYPE.TXT:
        return this.#text();
      case TYPE.SRV:
        return this.#pointing(isSrv, srvRecords, TRAIT.srv);
      case TYPE.MX:
        return this.#pointing(isMail, mxRecords, TRAIT.mail);
      case TYPE.HTTPS:
        return this.#https();
      case TYPE.CNAME:
        return this.#alias();
      case TYPE.PTR:
        return this.#exactly('PTR');
      case TYPE.NS:
        return this.#nameServers();
      case TYPE.SOA:
        return this.#atApex ? this.#hit([soaOf(this.#zone, this.#domain)]) : this.#nodata();
      case TYPE.ANY:
        return this.#hit([anyAnswer(this.#zone, this.#source.owner)]);
      default:
        return this.#nodata();
    }
  }

  #addresses(type: number): Outcome {
    const source = this.#addressSource();
    return this.#sampled(source, wantedBy(type), this.#chased(new Chase(this.#zone, type).run(source)));
  }

  get #atApex(): boolean {
    return this.#source.owner === this.#domain;
  }

  #addressSource(): Source {
    return addressSource(this.#zone, this.#source, this.#domain);
  }

  /** An alias counts when it leads to a text inside our zones, as CoreDNS has it. */
  #text(): Outcome {
    const chased = new Chase(this.#zone, TYPE.TXT, textRecords).run(this.#source);
    if (chased.kind !== 'found') return this.#nodata(chased.anchor);
    return this.#sampled(this.#source, TRAIT.text, this.#chased(chased));
  }

  #pointing(
    counts: (record: ZoneRecord) => boolean,
    make: (owner: OwnerName, records: readonly ZoneRecord[]) => Records,
    wanted: Wanted,
  ): Outcome {
    const { owner, anchor } = this.#source;
    const records = serversOnce(recordsOf(this.#source, wanted).filter(counts));
    if (records.length === 0) return this.#nodata();
    const outcome = pointing(this.#zone, records, anchor, () => make(owner, records));
    return this.#sampled(this.#source, wanted, outcome);
  }

  /** Marks an answer that was made of some of the records as a sample. */
  #sampled(source: Source, wanted: Wanted, outcome: Outcome): Outcome {
    return outcome.kind === 'hit' && isSample(source, wanted) ? { ...outcome, sample: true } : outcome;
  }

  /** The https services at the name, or at the one that it is an alias for (RFC 9460, 2.4.2). */
  #https(): Outcome {
    const source = wholeOf(this.#addressSource());
    const attributes = webServices(recordsOf(source, TRAIT.declared));
    if (attributes.length === 0) {
      if (this.#atApex) return this.#nodata();
      const make = (owner: OwnerName, records: readonly ZoneRecord[]) =>
        bindingRecords(owner, 'HTTPS', webServices(records), glueFor(this.#zone, records).records);
      return this.#chased(new Chase(this.#zone, TYPE.HTTPS, make).run(source));
    }
    const records = attributes.map(({ record }) => record);
    const make = (glue: Records) => bindingRecords(source.owner, 'HTTPS', attributes, glue);
    return pointing(this.#zone, records, source.anchor, make);
  }

  #exactly(type: 'CNAME' | 'PTR'): Outcome {
    const { exact, owner } = this.#source;
    if (exact?.kind !== 'name') return this.#nodata();
    return this.#hit([{ name: owner, ttl: exact.ttl, type, target: exact.host }]);
  }

  /** The record at the name itself, or the alias that a question for addresses would be answered with. */
  #alias(): Outcome {
    if (this.#atApex) return this.#nodata();
    if (this.#source.exact?.kind === 'name') return this.#exactly('CNAME');
    const { records, anchor } = new Chase(this.#zone, TYPE.CNAME).run(this.#addressSource());
    const answer = records.filter(({ name }) => name === this.#source.owner);
    return answer.length > 0 ? this.#hit(answer, [], anchor) : this.#nodata(anchor);
  }

  /**
   * The children of `ns.dns`: named by their own names where they have addresses, else by their hosts. Without any,
   * the server that the SOA record names: a zone has at least one (RFC 1034, 4.2.1), and BIND takes none without.
   */
  #nameServers(): Outcome {
    if (!this.#atApex) return this.#nodata();
    const node = nodeBelow(this.#zone, 'ns.dns', this.#domain);
    const nodes = node === undefined ? [] : [node];
    const records = recordsOf({ ...this.#source, nodes }).filter(({ kind }) => kind !== 'none');
    const name = this.#domain;
    const given = records.map((record) => ({ ttl: record.ttl, target: targetName(record) }));
    const answer = given.length > 0 ? given : [{ ttl: this.#zone.options.ttl, target: `ns.dns.${name}` }];
    const addressed = records.filter(({ kind }) => kind !== 'name');
    const servers = distinct(answer.map((server) => ({ name, type: 'NS', ...server })));
    return withGlue(this.#zone, servers, glueFor(this.#zone, addressed), this.#source.anchor);
  }

  #chased(chased: Chased): Outcome {
    const { anchor, owner, records: answer } = chased;
    switch (chased.kind) {
      case 'found':
        return this.#hit(answer, [], anchor);
      case 'outside':
        return this.#atApex
          ? this.#apexAlias(chased)
          : { kind: 'cname', answer, target: chased.target, anchor };
      case 'loop':
        return { kind: 'loop', owner: this.#source.owner, anchor };
      case 'nothing':
        // The end of the chain may be in another of our zones: its SOA is the one that counts (RFC 2308, 2.2).
        return {
          kind: 'nodata',
          answer,
          soa: soaOf(this.#zone, this.#zone.domainOf(owner) ?? this.#domain),
          anchor,
        };
    }
  }

  /** An apex has a SOA, so it can have no CNAME (RFC 1034, 3.6.2): it has the addresses of its host. */
  #apexAlias({ records: [cname], target, anchor }: Extract<Chased, { kind: 'outside' }>): Outcome {
    const soa = soaOf(this.#zone, this.#domain);
    return { kind: 'alias', answer: [], owner: this.#domain, target, ttl: cname?.ttl ?? 0, soa, anchor };
  }

  #hit(answer: Records, additional: Records = [], anchor: Node = this.#source.anchor): Outcome {
    return { kind: 'hit', answer, additional, anchor };
  }

  #nodata(anchor: Node = this.#source.anchor): Outcome {
    return { kind: 'nodata', answer: [], soa: soaOf(this.#zone, this.#domain), anchor };
  }
}

/**
 * A reverse name is ours when a record is stored there, when it is the address of one of our records, or when it is
 * in a reverse domain of ours. A stored record wins over those made of addresses, and a domain's own name also has
 * its SOA and NS. Any address that comes or goes, anywhere in the tree, may change an answer.
 */
function lookupReverse(
  zone: Zone,
  name: OwnerName,
  labels: readonly string[],
  type: number,
  domain: OwnerName | undefined,
): Outcome {
  const { node, found } = zone.closest(labels);
  const explicit = found === labels.length ? node.record : undefined;
  const records = explicit === undefined ? [...zone.reverse.find(name)] : [explicit];
  const anchor = zone.root;
  const nodata = { kind: 'nodata', answer: [], soa: soaOf(zone, domain ?? name), anchor } as const;
  if (records.length > 0 && (type === TYPE.PTR || name !== domain)) {
    const answer = type === TYPE.PTR ? records.flatMap((record) => pointer(name, record, explicit)) : [];
    return answer.length === 0 ? nodata : { kind: 'hit', answer: distinct(answer), additional: [], anchor };
  }
  const outcome =
    domain === undefined
      ? lookupElsewhere(zone, name, labels, type)
      : lookupIn(zone, name, labels, type, domain);
  if (outcome.kind === 'nxdomain' && zone.reverse.isAbove(name)) return nodata;
  return 'anchor' in outcome ? { ...outcome, anchor } : outcome;
}

function pointer(name: OwnerName, record: ZoneRecord, explicit: ZoneRecord | undefined): ResourceRecord[] {
  if (explicit === undefined) return [{ name, ttl: record.ttl, type: 'PTR', target: pointerName(record) }];
  return record.kind === 'name' ? [{ name, ttl: record.ttl, type: 'PTR', target: record.host }] : [];
}
