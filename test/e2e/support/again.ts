/** How Docker refuses what has been done already. */
const DONE_ALREADY =
  /\b(already|No such container|not found|is not (paused|running|connected to network|attached))\b/;

/**
 * Does what can be done only once. A test that is tried again may find that its first try has come as far as this:
 * then it goes on from there.
 */
export async function once<T>({ test }: Mocha.Context, act: () => Promise<T>): Promise<T | undefined> {
  return await act().catch((error) => {
    if (isFirstTry(test) || !DONE_ALREADY.test(String(error))) throw error;
    return undefined;
  });
}

/** The types take the method for Mocha's own. */
function isFirstTry(test: Mocha.Runnable | undefined): boolean {
  return (test as unknown as { currentRetry(): number }).currentRetry() === 0;
}
