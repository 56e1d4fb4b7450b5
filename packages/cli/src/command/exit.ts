import { CallsignError, EXIT_CONFIG, OptionsError } from '@callsign/daemon';
import { CertificateError } from '@callsign/dns';
import { ZoneFileError } from '@callsign/nameserver';

/** What a command's end means to whoever called it; the larger ones are sysexits' (docs/commands.md). */
export const EXIT = {
  yes: 0,
  /** No such name, no answer, not healthy, refused: the question was understood, and this is the answer. */
  no: 1,
  /** sysexits' EX_UNAVAILABLE: nobody answers where we asked. */
  unreachable: 69,
  /** sysexits' EX_NOPERM: a token is needed, or another one. */
  denied: 77,
  /** sysexits' EX_CONFIG: the command line or a file that it names is wrong. */
  wrong: EXIT_CONFIG,
} as const;

const BY_CODE: Readonly<Record<string, number>> = {
  SERVER_UNREACHABLE: EXIT.unreachable,
  SERVER_DENIED: EXIT.denied,
};

export function exitOf(error: unknown): number {
  const wrong = [OptionsError, ZoneFileError, CertificateError].some((kind) => error instanceof kind);
  if (wrong) return EXIT.wrong;
  return (error instanceof CallsignError ? BY_CODE[error.code] : undefined) ?? EXIT.no;
}
