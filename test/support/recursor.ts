import type { Answer, Recursor } from '@callsign/dns';

/** A recursor made of a function that fetches an answer for a whole message. */
export function fetching(fetch: (question: Buffer) => Promise<Answer>): Recursor {
  return {
    ask: ({ message }, asker) => {
      fetch(message).then(
        (answer) => asker.answered(answer),
        (error) => asker.failed(error),
      );
    },
  };
}
