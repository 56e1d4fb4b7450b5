import { isIP } from 'node:net';
import { type OwnerName, ownerName } from '@callsign/catalog';
import { type HttpReply, type HttpRequest, json, plainAddress, type Route } from '@callsign/daemon';
import { TYPE, typeOf } from '@callsign/dns';
import type { Explained, Explainer } from '../answer/explain.ts';
import { Parameters } from './parameters.ts';

const KNOWN = new Set(['name', 'type', 'from']);

/**
 * `GET /v1/explain?name=NAME&type=TYPE&from=ADDRESS`: what the question is answered with and where that comes from.
 * Without a type it is A; without an address it is that of whoever asks.
 */
export function explainRoutes(explainer: Explainer): readonly Route[] {
  const handle = async (request: HttpRequest): Promise<HttpReply> => {
    return json(200, await explainer.explain(questionOf(request)));
  };
  return [{ method: 'GET', path: '/v1/explain', handle }];
}

/** @throws {HttpError} 400 naming every parameter that is wrong */
function questionOf({ query, peer }: HttpRequest): Explained {
  const parameters = new Parameters(query);
  const name = parameters.read('name', anyName, '');
  const type = parameters.read('type', recordType, 'A');
  const client = parameters.read('from', address, peer);
  parameters.refuseUnknown(KNOWN);
  parameters.check();
  return { name, type, client, by: peer } as Explained;
}

/** The root is no owner name of ours, and may be asked for as any other. */
function anyName(text: string): OwnerName {
  return text === '.' ? text : ownerName(text);
}

function recordType(text: string): number {
  const type = typeOf(text);
  if (type !== TYPE.AXFR && type !== TYPE.IXFR) return type;
  throw new Error(`"${text}" asks for a whole zone (--allow-transfer), not for records of a name`);
}

function address(text: string): string {
  if (isIP(text) === 0) throw new Error(`"${text}" is no address`);
  return plainAddress(text);
}
