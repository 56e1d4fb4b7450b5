import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { exec } from './exec.ts';
import { CHROMIUM, pathOf } from './parts.ts';

/** It runs as root in a container without a GPU, and asks nobody outside for anything. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const TOP = fileURLToPath(new URL('../..', import.meta.url));

/** A real Chromium, without a window. */
export async function openBrowser(): Promise<Browser> {
  return await chromium.launch({ executablePath: pathOf(CHROMIUM), args: FLAGS });
}

/** Compiles the dashboard's scripts, which are served as compiled even where all else runs from its source. */
export async function buildDashboard(): Promise<void> {
  await exec(
    process.execPath,
    ['node_modules/typescript/bin/tsc', '--build', 'packages/nameserver/src/web'],
    {
      cwd: TOP,
    },
  );
}

/** What a page may not do: say that something is wrong, or load anything from elsewhere. */
export class Misdeeds {
  readonly list: string[] = [];

  constructor(page: Page, origin: string) {
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.list.push(message.text());
    });
    page.on('pageerror', (error) => this.list.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith(`${origin}/`)) this.list.push(`asks for ${request.url()}`);
    });
  }
}
