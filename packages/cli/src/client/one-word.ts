import { OptionsError } from '@callsign/daemon';

/** The one word behind a command's name. @throws {OptionsError} when there is none, or another one */
export function oneWord(what: string, words: readonly string[]): string {
  const [word] = words;
  if (word === undefined || words.length > 1)
    throw new OptionsError([`one ${what} is needed, and nothing besides`]);
  return word;
}
