import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const TOP = fileURLToPath(new URL('../..', import.meta.url));

/** A block between fences, with what its first fence says of it. */
export interface Block {
  /** Its page's path from the top. */
  readonly page: string;
  /** The number of its first line, for whoever has to look there. */
  readonly line: number;
  readonly language: string;
  /** Why its commands are not run: ```` ```sh not run: … ```` */
  readonly notRun: string | undefined;
  readonly lines: readonly string[];
}

/** The pages that tell people what to type. */
export const PAGES: readonly string[] = [
  'README.md',
  'CONTRIBUTING.md',
  ...globSync('docs/*.md', { cwd: TOP }),
];

/** The languages whose blocks are typed into a shell. */
export const TYPED: ReadonlySet<string> = new Set(['sh', 'console', 'bash', 'zsh', 'fish']);

export function readPage(page: string): string {
  return readFileSync(`${TOP}/${page}`, 'utf8');
}

/** The blocks of a page, without the indent that a list gives them. */
export function blocksOf(page: string): Block[] {
  const text = readPage(page);
  return [...text.matchAll(/^( *)```(\S+)(?: not run: ([^\n]+))?\n(.*?)\n\1```$/gms)].map((found) => {
    const [, indent = '', language = '', notRun, body = ''] = found;
    const lines = body.split('\n').map((line) => line.slice(indent.length));
    return { page, line: text.slice(0, found.index).split('\n').length + 1, language, notRun, lines };
  });
}

/** The command lines of a block that is typed: those that end in `\` with what follows, and without the prompt. */
export function commandsOf({ language, lines }: Block): string[] {
  const typed = language === 'console' ? lines.filter((line) => line.startsWith('$ ')) : lines;
  const joined = typed
    .join('\n')
    .replaceAll(/\\\n */g, '')
    .split('\n');
  return joined.map((line) => line.replace(/^\$ /, '')).filter((line) => line !== '');
}

/** The file that a block is, when its first line is a comment that names it. */
export function fileOf({ lines }: Block): string | undefined {
  return /^(?:;|#|\/\/) (\S*\/\S+|\S+\.js)$/.exec(lines[0] ?? '')?.[1];
}

/** Whether a block wants the two images, and not this machine's own Callsign. */
export function takesImages(block: Block): boolean {
  return isRun(block) && commandsOf(block).some((command) => command.includes('callsign-nameserver'));
}

export function isRun({ language, notRun }: Block): boolean {
  return TYPED.has(language) && notRun === undefined;
}
