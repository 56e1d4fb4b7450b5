import { HEADER } from './constants.ts';

/** Where the name of a message's question ends. Only for messages whose question has been judged. */
export function questionNameEnd(message: Buffer): number {
  let at = HEADER;
  while (message[at] !== 0) at += (message[at] as number) + 1;
  return at + 1;
}
