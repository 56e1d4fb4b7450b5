import { appendFileSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, 'corpus');

/** Every input that is kept: one on a line, in hex; `#` begins a remark. */
export function readCorpus(): Buffer[] {
  return globSync('*.hex', { cwd: FOLDER })
    .toSorted()
    .flatMap((file) => readFileSync(join(FOLDER, file), 'utf8').split('\n'))
    .map((line) => line.replace(/#.*/, '').replaceAll(' ', ''))
    .filter((hex) => hex !== '')
    .map((hex) => Buffer.from(hex, 'hex'));
}

/** Keeps more inputs, with a remark on how they were come by. */
export function keep(file: 'found' | 'failed', inputs: readonly Uint8Array[], remark: string): void {
  if (inputs.length === 0) return;
  const lines = inputs.map((input) => Buffer.from(input).toString('hex'));
  appendFileSync(join(FOLDER, `${file}.hex`), `# ${remark}\n${lines.join('\n')}\n`);
}
