// Not the whole package: it would be loaded for every kill.
import { EmbeddedStore } from '../src/embedded-store.ts';
import { put } from '../src/store.ts';

/**
 * Opens a store, says "open", and commits to it for ever, many at a time; prints each number once its commit was
 * acknowledged, and every failure. To be killed.
 */
const [file = '', first = '0'] = process.argv.slice(2);
const store = await EmbeddedStore.open({ file });
process.stdout.write('open\n');
for (let number = Number(first); ; number += 8) {
  await Promise.all(Array.from({ length: 8 }, (_, at) => write(number + at)));
}

async function write(number: number): Promise<void> {
  try {
    await put(store, `docker/k${number % 1_000}`, `${number} ${'x'.repeat(100)}`);
    process.stdout.write(`${number}\n`);
  } catch (error) {
    process.stdout.write(`failed: ${(error as Error).message}\n`);
  }
}
