import { isIP } from 'node:net';
import { type OwnerName, ownerName } from '@callsign/catalog';
import {
  describe,
  type FieldProblem,
  HttpError,
  type HttpReply,
  type HttpRequest,
  json,
  type Route,
} from '@callsign/daemon';
import { typeOf } from '@callsign/dns';
import type { Explainer } from '../answer/explain.ts';

/**
 * `GET /v1/explain?name=NAME&type=TYPE&from=ADDRESS`: what the question is answered with and where that comes from.
 * Without a type it is A; without an address it is that of whoever asks.
 */
export function explainRoutes(explainer: Explainer): readonly Route[] {
  const handle = async (request: HttpRequest): Promise<HttpReply> => {
    const { name, type, from } = questionOf(request);
    return json(200, await explainer.explain(name, type, from));
  };
  return [{ method: 'GET', path: '/v1/explain', handle }];
}

interface Asked {
  readonly name: OwnerName;
  readonly type: number;
  readonly from: string;
}

/** @throws {HttpError} 400 naming every parameter that is wrong */
function questionOf({ query, peer }: HttpRequest): Asked {
  const problems: FieldProblem[] = [];
  const read = <T>(field: string, fallback: string, parse: (text: string) => T): T | undefined => {
    try {
      return parse(query.get(field) ?? fallback);
    } catch (error) {
      problems.push({ field, detail: describe(error) });
      return undefined;
    }
  };
  const name = read('name', '', ownerName);
  const type = read('type', 'A', typeOf);
  const from = read('from', peer, address);
  if (name === undefined || type === undefined || from === undefined) {
    const told = problems.map(({ field, detail }) => `${field}: ${detail}`).join('; ');
    throw new HttpError(400, 'QUESTION_INVALID', told, problems);
  }
  return { name, type, from };
}

function address(text: string): string {
  if (isIP(text) === 0) throw new Error(`"${text}" is no address`);
  return text;
}
