import { type HttpReply, type HttpRequest, json, type Route } from '@callsign/daemon';
import { EVERY_SECONDS, type TrafficRecorder } from '../traffic/recorder.ts';
import { Parameters } from './parameters.ts';

const KNOWN = new Set(['after']);

/** `GET /v1/traffic?after=TIME`: what was asked in the last minutes, or since a sample that was seen. */
export function trafficRoutes(traffic: Pick<TrafficRecorder, 'after'>): readonly Route[] {
  const handle = (request: HttpRequest): HttpReply => {
    const samples = traffic.after(timeOf(request));
    return json(200, { everySeconds: EVERY_SECONDS, samples });
  };
  return [{ method: 'GET', path: '/v1/traffic', handle }];
}

/** @throws {HttpError} 400 when it is no time */
function timeOf({ query }: HttpRequest): number {
  const parameters = new Parameters(query);
  const after = parameters.read('after', millisecondsOf, '0');
  parameters.refuseUnknown(KNOWN);
  parameters.check();
  return after as number;
}

function millisecondsOf(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new Error(`"${text}" is no time in milliseconds since 1970`);
}
