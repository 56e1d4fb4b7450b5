import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { Bridge } from './bridge.ts';
import { exec } from './exec.ts';
import { Namespace } from './namespace.ts';
import { ownedFolder } from './owned.ts';
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

/**
 * A real Chromium, without a window, in a network of its own: whenever an interface of its network comes or goes, as
 * those of other tests' Engines do, it breaks off what it loads (ERR_NETWORK_CHANGED).
 */
export class Chromium {
  readonly browser: Browser;
  readonly #network: Namespace;

  private constructor(browser: Browser, network: Namespace) {
    this.browser = browser;
    this.#network = network;
  }

  /** Starts one that reaches the machine by the gateway of a bridge, and nothing else. */
  static async start(bridge: Bridge): Promise<Chromium> {
    const network = await Namespace.make('browser');
    await network.plugInto(bridge.name, `${bridge.seat(0)}/24`);
    return new Chromium(await launch(network), network);
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.#network.close();
  }
}

/** Playwright starts one file with arguments of its own, so what leads into the network has to be a file. */
async function launch(network: Namespace): Promise<Browser> {
  const folder = await ownedFolder('chromium');
  try {
    const executablePath = join(folder, 'chromium');
    const [file, args] = network.command(pathOf(CHROMIUM), ['"$@"']);
    await writeFile(executablePath, `#!/bin/sh\nexec ${file} ${args.join(' ')}\n`, { mode: 0o755 });
    return await chromium.launch({ executablePath, args: FLAGS });
  } finally {
    await rm(folder, { recursive: true });
  }
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
