import { CallsignError, isAbort } from '@callsign/daemon';

/** The Engine did not do what it was asked; everything about it may be better the next time. */
export class EngineError extends CallsignError {
  constructor(code: string, message: string, details: { readonly cause?: unknown; readonly cure?: string }) {
    super(code, message, { ...details, retryable: true });
  }
}

interface Diagnosis {
  readonly code: string;
  readonly says: (address: string) => string;
  readonly cure: string;
}

const ABSENT: Diagnosis = {
  code: 'ENGINE_ABSENT',
  says: (address) => `there is no Docker Engine at ${address}`,
  cure: 'Start Docker, mount its socket into this container, or name its address with --docker',
};

const SILENT: Diagnosis = {
  code: 'ENGINE_SILENT',
  says: (address) => `the Docker Engine at ${address} does not answer`,
  cure: 'See whether it hangs ("docker info"), and whether a firewall is in between',
};

const FORBIDDEN: Diagnosis = {
  code: 'ENGINE_FORBIDDEN',
  says: (address) => `no permission to use the Docker socket ${address}`,
  cure: 'Run callsign in the group that owns the socket ("stat -c %g FILE" tells it: --group-add of docker run, group_add in compose), or as root',
};

const UNTRUSTED: Diagnosis = {
  code: 'ENGINE_TLS_UNTRUSTED',
  says: (address) => `the certificate of the Docker Engine at ${address} cannot be trusted`,
  cure: 'Name the authority that signed it with --tlscacert, and the Engine by a name that the certificate has',
};

const UNWELCOME: Diagnosis = {
  code: 'ENGINE_TLS_REFUSED',
  says: (address) => `the Docker Engine at ${address} does not take our certificate`,
  cure: 'Give a certificate signed by its authority with --tlscert and --tlskey',
};

const PLAIN_TO_TLS: Diagnosis = {
  code: 'ENGINE_TLS_MISMATCH',
  says: (address) => `the Docker Engine at ${address} wants TLS`,
  cure: 'Turn it on with --tlsverify and --tlscacert, --tlscert, --tlskey',
};

const TLS_TO_PLAIN: Diagnosis = {
  code: 'ENGINE_TLS_MISMATCH',
  says: (address) => `the Docker Engine at ${address} does not speak TLS`,
  cure: 'Leave out --tlsverify and the other TLS options (and DOCKER_TLS_VERIFY), or name its TLS port number',
};

const BY_CODE: readonly (readonly [RegExp, Diagnosis])[] = [
  [/^(ENOENT|ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ENOTSOCK|EHOSTUNREACH|ENETUNREACH)$/, ABSENT],
  [/^(EACCES|EPERM)$/, FORBIDDEN],
  [/^ETIMEDOUT$/, SILENT],
  [/SELF_SIGNED|UNABLE_TO_|^CERT_|ERR_TLS_CERT/, UNTRUSTED],
  [/_ALERT_/, UNWELCOME],
  [/^EPROTO$|WRONG_VERSION_NUMBER/, TLS_TO_PLAIN],
];

/** Translates what the Docker client threw into an error that names cause and cure. */
export function engineError(cause: unknown, address: string): CallsignError {
  if (cause instanceof CallsignError) return cause;
  const found = diagnose(cause);
  if (found !== undefined) {
    return new EngineError(found.code, found.says(address), { cause, cure: found.cure });
  }
  return new EngineError('ENGINE_FAILED', `the Docker Engine at ${address} failed`, { cause });
}

function diagnose(cause: unknown): Diagnosis | undefined {
  if (isAbort(cause)) return SILENT;
  const { code, message } = cause as { readonly code?: unknown; readonly message?: unknown };
  if (String(message).includes('HTTP request to an HTTPS server')) return PLAIN_TO_TLS;
  return BY_CODE.find(([pattern]) => pattern.test(String(code)))?.[1];
}
