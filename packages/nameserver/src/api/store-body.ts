import { type CommitOptions, MAX_LEASE, MAX_WRITES, nameOfKey, type Write } from '@callsign/catalog';
import { describe, type FieldProblem, HttpError } from '@callsign/daemon';

/** The largest value taken, in bytes. */
const MAX_VALUE = 64 << 10;

export interface WantedCommit {
  readonly writes: readonly Write[];
  readonly options: CommitOptions;
}

/** Reads a commit from a body. @throws {HttpError} 400 naming every field that is wrong */
export function wantedCommit(body: unknown): WantedCommit {
  const { writes, lease, expect = [] } = objectOf(body);
  const problems = [...writesProblems(writes), ...leaseProblems(lease), ...expectProblems(expect)];
  if (problems.length > 0) throw invalid(problems);
  const expected = expect as NonNullable<CommitOptions['expect']>;
  const bound = lease === undefined ? {} : { lease: { id: lease as string } };
  return { writes: writes as Write[], options: { ...bound, expect: expected } };
}

/** The TTL that a lease is wanted for, in seconds. @throws {HttpError} 400 when it is none */
export function wantedTtl(body: unknown): number {
  const { ttl } = objectOf(body);
  if (isWhole(ttl, 1, MAX_LEASE)) return ttl;
  throw invalid([{ field: 'ttl', detail: `must be a whole number from 1 to ${MAX_LEASE}` }]);
}

function* writesProblems(writes: unknown): Generator<FieldProblem> {
  if (!Array.isArray(writes) || writes.length > MAX_WRITES) {
    yield { field: 'writes', detail: `must be a list of at most ${MAX_WRITES}` };
    return;
  }
  for (const [at, write] of writes.entries()) yield* writeProblems(`writes[${at}]`, objectOf(write));
}

function* writeProblems(at: string, { kind, key, value }: Fields): Generator<FieldProblem> {
  if (kind !== 'put' && kind !== 'delete') yield { field: `${at}.kind`, detail: 'must be put or delete' };
  yield* keyProblems(`${at}.key`, key);
  if (kind !== 'put') return;
  if (typeof value !== 'string') yield { field: `${at}.value`, detail: 'must be a string' };
  else if (Buffer.byteLength(value) > MAX_VALUE) {
    yield { field: `${at}.value`, detail: `must have at most ${MAX_VALUE} bytes` };
  }
}

function* keyProblems(field: string, key: unknown): Generator<FieldProblem> {
  try {
    if (typeof key === 'string') nameOfKey(key);
    else yield { field, detail: 'must be a string' };
  } catch (error) {
    yield { field, detail: `is the key of no name: ${describe(error)}` };
  }
}

function* leaseProblems(lease: unknown): Generator<FieldProblem> {
  if (lease === undefined || (typeof lease === 'string' && /^\w{1,64}$/.test(lease))) return;
  yield { field: 'lease', detail: 'must be the id of a lease' };
}

function* expectProblems(expect: unknown): Generator<FieldProblem> {
  if (!Array.isArray(expect) || expect.length > MAX_WRITES) {
    yield { field: 'expect', detail: `must be a list of at most ${MAX_WRITES}` };
    return;
  }
  for (const [at, { key, revision }] of expect.map(objectOf).entries()) {
    yield* keyProblems(`expect[${at}].key`, key);
    if (!isWhole(revision, 0, Number.MAX_SAFE_INTEGER)) {
      yield { field: `expect[${at}].revision`, detail: 'must be a revision' };
    }
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** The fields of an object; none when it is none, so that each is missed by its name. */
function objectOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function isWhole(value: unknown, least: number, most: number): value is number {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

export function invalid(problems: readonly FieldProblem[]): HttpError {
  return new HttpError(
    400,
    'BODY_INVALID',
    problems.map(({ field, detail }) => `${field} ${detail}`).join('; '),
    { problems },
  );
}
