import { CallsignError, EXIT_CONFIG, OptionsError } from '@callsign/daemon';

/** What a command's end means to whoever called it; the larger ones are sysexits' (docs/commands.md). */
export const EXIT = {
  yes: 0,
  /** No such name, no answer, not healthy, refused: the question was understood, and this is the answer. */
  no: 1,
  /** sysexits' EX_UNAVAILABLE: nobody answers where we asked. */
  unreachable: 69,
  /** sysexits' EX_NOPERM: a token is needed, or another one. */
  denied: 77,
  /** As a shell has it of whoever was interrupted. */
  interrupted: 130,
  /** sysexits' EX_CONFIG: the command line or a file that it names is wrong. */
  wrong: EXIT_CONFIG,
} as const;

const BY_CODE: Readonly<Record<string, number>> = {
  SERVER_UNREACHABLE: EXIT.unreachable,
  SERVER_DENIED: EXIT.denied,
  STORE_TLS_FILE: EXIT.wrong,
  TLS_FILE_UNREADABLE: EXIT.wrong,
  ZONE_FILE_INVALID: EXIT.wrong,
  PLUGIN_UNREADABLE: EXIT.wrong,
  PLUGIN_UNKNOWN: EXIT.wrong,
  CONTAINER_INVALID: EXIT.wrong,
  CERTIFICATE_INVALID: EXIT.wrong,
};

export function exitOf(error: unknown): number {
  if (error instanceof OptionsError) return EXIT.wrong;
  return (error instanceof CallsignError ? BY_CODE[error.code] : undefined) ?? EXIT.no;
}

/** What is wrong with options or a file, where an error tells it one by one. */
export function problemsOf(error: unknown): readonly string[] | undefined {
  if (exitOf(error) !== EXIT.wrong) return undefined;
  return (error as { readonly problems?: readonly string[] }).problems;
}
