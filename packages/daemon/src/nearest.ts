/**
 * The word that somebody may have meant: one that begins the same way, or else the one that the fewest slips of the finger
 * lead to, two at most.
 */
export function nearest(typed: string, words: readonly string[]): string | undefined {
  if (typed === '') return undefined;
  const begun = words.find((word) => word.startsWith(typed) || typed.startsWith(word));
  if (begun !== undefined || typed.length < 3) return begun;
  const [closest] = words
    .map((word) => ({ word, slips: slipsBetween(typed, word) }))
    .filter(({ slips }) => slips <= 2)
    .sort((one, other) => one.slips - other.slips);
  return closest?.word;
}

/** Letters to add, to leave out and to change (Levenshtein's distance). */
function slipsBetween(one: string, other: string): number {
  let above = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (const [row, letter] of [...one].entries()) {
    const here = [row + 1];
    for (const [at, wanted] of [...other].entries()) {
      const changed = (above[at] ?? 0) + (letter === wanted ? 0 : 1);
      here.push(Math.min(changed, (above[at + 1] ?? 0) + 1, (here[at] ?? 0) + 1));
    }
    above = here;
  }
  return above[other.length] ?? 0;
}
