import { EngineError } from './errors.ts';

/** The versions of Docker's API that this code was written for; whatever is in between serves, too. */
const OLDEST = '1.24';
const NEWEST = '1.52';

/**
 * The version to speak with an Engine, from its answer to `GET /version`: the newest that both sides know. Podman
 * answers in the same words.
 * @throws {EngineError} when there is none
 */
export function apiVersion(answer: unknown, address: string): string {
  const { ApiVersion, MinAPIVersion } = Object(answer) as Record<string, unknown>;
  const newest = versionOr(OLDEST, ApiVersion);
  const oldest = versionOr(OLDEST, MinAPIVersion);
  if (order(newest, OLDEST) < 0) throw tooOld(address, newest);
  if (order(oldest, NEWEST) > 0) throw tooNew(address, oldest);
  return order(newest, NEWEST) < 0 ? newest : NEWEST;
}

function versionOr(fallback: string, version: unknown): string {
  return typeof version === 'string' && /^\d+\.\d+$/.test(version) ? version : fallback;
}

function order(a: string, b: string): number {
  const [[majorA = 0, minorA = 0], [majorB = 0, minorB = 0]] = [numbers(a), numbers(b)];
  return majorA - majorB || minorA - minorB;
}

function numbers(version: string): readonly number[] {
  return version.split('.').map(Number);
}

function tooOld(address: string, newest: string): EngineError {
  return new EngineError(
    'ENGINE_VERSION',
    `the Docker Engine at ${address} speaks API ${newest} at most, and ${OLDEST} is needed`,
    { cure: 'Update Docker: 1.12 is the first with that version' },
  );
}

function tooNew(address: string, oldest: string): EngineError {
  return new EngineError(
    'ENGINE_VERSION',
    `the Docker Engine at ${address} speaks API ${oldest} at least, and this Callsign ${NEWEST} at most`,
    { cure: 'Update Callsign' },
  );
}
