import { CallsignError, describe } from '@callsign/daemon';
import { StoreCallError, StoreRefusedError, StoreUnavailableError } from '../store.ts';

/** A call failed before anything was sent: whatever it asks for, another endpoint may be asked the same. */
const UNSENT =
  /No connection established|Waiting for LB pick|Name resolution failed|Channel closed before call started/;
const COMPACTED = 'required revision has been compacted';
const TOKEN_TOO_OLD = 'revision of auth store is old';
const TOKEN_MISSING = 'user name is empty';
const WITHOUT_USERS = 'authentication is not enabled';
const LEASE_NOT_FOUND = 'requested lease not found';

/** What etcd's or gRPC's words mean, first match first. Their errors carry no more than words. */
const MEANINGS: readonly (readonly [RegExp, (said: Said) => CallsignError])[] = [
  [
    /authentication failed|user name is empty/,
    refused('Check user and password: etcd://USER:PASSWORD@HOST:2379, special characters as %XX'),
  ],
  [/invalid auth token/, refused('etcd wants a user: etcd://USER:PASSWORD@HOST:2379')],
  [new RegExp(TOKEN_TOO_OLD), unavailable('Its users or roles are being changed; we go on by ourselves')],
  [
    /permission denied/i,
    refused('Give the user read and write permission on the prefix: etcdctl role grant-permission'),
  ],
  [
    /certificate|altnames|wrong version number|SSL routines|EPROTO/i,
    refused('Check etcds:// against etcd:// and the files with the CA, the certificate and its key'),
  ],
  [/database space exceeded/, unavailable('Compact and defragment etcd, then "etcdctl alarm disarm"')],
  [
    /no leader|request timed out|leader changed|not enough started/,
    unavailable('See "etcdctl endpoint status": most of etcd’s members must be up'),
  ],
  [
    /too large|grpc: received message larger|INVALID_ARGUMENT/,
    ({ text }) => new StoreCallError(`etcd refuses the call: ${text}`),
  ],
  [/Name resolution failed/, unavailable('Check the host name in the address of the store')],
  [/compacted|lease not found|larger than max/, answered],
  [UNSENT, unavailable('Check that etcd runs and that the address of the store is right')],
];

interface Said {
  readonly at: string;
  readonly text: string;
  readonly cause: unknown;
}

/** Translates an error of the etcd client. `at` names the endpoint that was asked. */
export function etcdError(at: string, cause: unknown): CallsignError {
  if (cause instanceof CallsignError) return cause;
  const said = { at, text: describe(cause), cause };
  const meaning = MEANINGS.find(([pattern]) => pattern.test(said.text))?.[1];
  return (meaning ?? unavailable('See "etcdctl endpoint status": it does not answer as it should'))(said);
}

export function isUnsent(error: unknown): boolean {
  return UNSENT.test(describe(error));
}

export function isCompacted(error: unknown): boolean {
  return describe(error).includes(COMPACTED);
}

export function isLeaseNotFound(error: unknown): boolean {
  return describe(error).includes(LEASE_NOT_FOUND);
}

/** A call was refused, and nothing of it done, because users or roles were changed after its token was given. */
export function isTokenTooOld(error: unknown): boolean {
  return describe(error).includes(TOKEN_TOO_OLD);
}

/** A call was refused, and nothing of it done, because authentication was turned on since it was known to be off. */
export function isTokenMissing(error: unknown): boolean {
  return describe(error).includes(TOKEN_MISSING);
}

/** etcd has its authentication turned off, and gives no tokens. */
export function isWithoutUsers(error: unknown): boolean {
  return describe(error).includes(WITHOUT_USERS);
}

/** An answer was larger than our client takes, which is not to be taken for etcd's own limits. */
export function isAnswerTooLarge(error: unknown): boolean {
  return /Received message larger than max/.test(describe(error));
}

/** An answer that the caller understands: the endpoint is as well as any other. */
function answered({ at, cause }: Said): CallsignError {
  return new CallsignError('STORE_ANSWER', `etcd at ${at} cannot do that`, { cause });
}

function refused(cure: string): (said: Said) => CallsignError {
  return ({ at, cause }) => new StoreRefusedError(`etcd at ${at} refuses us`, { cause, cure });
}

function unavailable(cure: string): (said: Said) => CallsignError {
  return ({ at, cause }) => new StoreUnavailableError(`etcd at ${at} is unavailable`, { cause, cure });
}
