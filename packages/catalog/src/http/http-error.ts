import { CallsignError } from '@callsign/daemon';
import {
  ConflictError,
  LeaseLostError,
  StoreCallError,
  StoreRefusedError,
  StoreUnavailableError,
} from '../store.ts';

/** What a nameserver says when it refuses: RFC 9457. */
interface Problem {
  readonly title?: string;
  readonly detail?: string;
}

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL/;

/** Translates why there was no answer at all. */
export function requestError(url: string, error: unknown): CallsignError {
  if (error instanceof CallsignError) return error;
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  if (CERTIFICATE.test(code)) {
    return new StoreRefusedError(`the certificate of ${url} does not fit`, {
      cause,
      cure: 'Name the CA that signed it in NODE_EXTRA_CA_CERTS',
    });
  }
  return new StoreUnavailableError(`${url} cannot be reached`, {
    cause,
    cure: 'Check that the nameserver runs there and that its --http address is reachable from here',
  });
}

/** Translates a status that is no success. `lease` is the one that the request was about. */
export async function responseError(url: string, response: Response, lease = ''): Promise<CallsignError> {
  const { title, detail = `status ${response.status}` } = await problemOf(response);
  switch (response.status) {
    case 401:
    case 403:
      return new StoreRefusedError(`${url} refuses us: ${detail}`, {
        cure: 'Give the nameserver’s token with --token-file',
      });
    case 404:
    case 405:
      return title === 'LEASE_LOST' ? new LeaseLostError(lease) : foreignError(url);
    case 409:
      return new ConflictError(detail);
    default:
      return isPassing(response.status)
        ? new StoreUnavailableError(`${url} cannot serve its store: ${detail}`)
        : new StoreCallError(`${url}: ${detail}`);
  }
}

/** Something answers, but no nameserver of ours. */
export function foreignError(url: string): StoreRefusedError {
  return new StoreRefusedError(`there is no Callsign store at ${url}`, {
    cure: 'Check the address: it must be the --http address of a nameserver',
  });
}

function isPassing(status: number): boolean {
  return status >= 500 || status === 408 || status === 429;
}

async function problemOf(response: Response): Promise<Problem> {
  try {
    return (await response.json()) as Problem;
  } catch {
    return {};
  }
}
