import { OptionsError } from '@callsign/daemon';

/** The word behind a command's name, if any. @throws {OptionsError} when there is another one */
export function oneWordAtMost(what: string, words: readonly string[]): string | undefined {
  const [word, ...more] = words;
  if (more.length > 0) throw new OptionsError([`${what} is one word, and nothing may follow it`]);
  return word;
}
