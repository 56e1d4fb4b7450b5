/** What a check came to: as it should be, worth a look, wrong, or not to be known from here. */
export type State = 'good' | 'odd' | 'wrong' | 'unknown';

export interface Finding {
  readonly about: string;
  readonly state: State;
  readonly text: string;
  /** What to do, where something is to be done. */
  readonly cure?: string;
}

/** How long a check waits for whomever it asks, in milliseconds. */
export const PATIENCE_MS = 3_000;

/** Some of many, so that a line stays a line. */
export function someOf(all: readonly string[]): string {
  const shown = all.slice(0, 5).join(', ');
  return all.length <= 5 ? shown : `${shown} and ${all.length - 5} more`;
}
