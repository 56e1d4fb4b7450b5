import { type OwnerName, ownerName } from '@callsign/catalog';
import { HttpError, type HttpReply, type HttpRequest, json, type Route } from '@callsign/daemon';
import { decodeMessage, encodeQuestion, MAX_MESSAGE, type Responder, typeOf } from '@callsign/dns';
import { Parameters } from './parameters.ts';
import { shownMessage } from './shown-message.ts';

const KNOWN = new Set(['name', 'type']);

/**
 * `GET /v1/names/NAME?type=TYPE`: what the question would be answered with. It goes the way of every other question,
 * through the same responder, in the name of whoever sends the request: its view, and its right to recursion.
 */
export function nameRoutes(responder: Responder): readonly Route[] {
  const handle = async (request: HttpRequest): Promise<HttpReply> => {
    const { name, type } = questionOf(request);
    const reply = await answerTo(responder, encodeQuestion(0, name, type), request.peer);
    return json(200, shownMessage(decodeMessage(reply)));
  };
  return [{ method: 'GET', path: '/v1/names/:name', handle }];
}

interface Question {
  readonly name: OwnerName;
  readonly type: number;
}

/** @throws {HttpError} 400 naming every parameter that is wrong */
function questionOf({ query, params }: HttpRequest): Question {
  const parameters = new Parameters(new URLSearchParams([['name', params.name ?? ''], ...query]));
  const name = parameters.read('name', ownerName);
  const type = parameters.read('type', typeOf, 'A');
  parameters.refuseUnknown(KNOWN);
  parameters.check();
  return { name, type } as Question;
}

/** As one that came over HTTPS: an answer of any length fits, and zones are transferred otherwise. */
async function answerTo(responder: Responder, question: Buffer, peer: string): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  let deferred = false;
  const defer = () => {
    deferred = true;
    return (late: Uint8Array) => resolve(Buffer.from(late));
  };
  const reply = Buffer.alloc(MAX_MESSAGE);
  const length = responder.respond(question, question.length, reply, { transport: 'https', peer, defer });
  if (length > 0) return reply.subarray(0, length);
  if (deferred) return promise;
  throw new HttpError(400, 'REQUEST_INVALID', 'nobody answers such a question');
}
