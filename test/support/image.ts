import { cp, mkdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Engine } from './engine.ts';
import { exec } from './exec.ts';
import { madeOnce } from './made-once.ts';
import { ETCD, ETCDCTL, type Part, pathOf } from './parts.ts';
import { addFile, addProgram, makeRootfs } from './rootfs.ts';

const TOP = fileURLToPath(new URL('../..', import.meta.url));
const NPM: Part = { program: 'npm', aptPackage: 'npm' };
const AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt';
/** The Dockerfile's own name for it. */
const BASE = 'node:24-bookworm-slim';

/** The file in which they are handed on. */
const IMAGES = 'images.tar';

/** The images that the Dockerfile makes. */
type Target = 'nameserver' | 'registrar';

/** Builds an image by the project's own Dockerfile, tagged `callsign-TARGET`. */
async function buildImage(engine: Engine, target: Target): Promise<string> {
  const tag = `callsign-${target}`;
  const what = ['--target', target, '--tag', tag];
  await engine.build('--network', 'host', ...what, TOP);
  return tag;
}

/**
 * Imports a stand-in for the official base, because a test asks no image registry for anything: busybox, the Node that
 * runs this, and npm with this machine's settings.
 */
async function importBase(engine: Engine): Promise<void> {
  const root = engine.path('base');
  await mkdir(root);
  await makeRootfs(root);
  await addProgram(root, process.execPath);
  await addNpm(root);
  await addEnv(root);
  await engine.importRoot(BASE, root, `ENV NODE_EXTRA_CA_CERTS=${AUTHORITIES}`);
}

/** Stands in for etcd's official image: busybox, and the etcd of Debian. @returns its name */
export async function importEtcd(engine: Engine): Promise<string> {
  const root = engine.path('etcd');
  await mkdir(root);
  await makeRootfs(root);
  for (const part of [ETCD, ETCDCTL]) await addProgram(root, pathOf(part));
  await engine.importRoot('etcd-of-debian', root);
  return 'etcd-of-debian';
}

/** Gives an Engine both images; they are built once a run, however many Engines want them. */
export async function loadImages(engine: Engine): Promise<void> {
  await engine.load(await madeOnce(IMAGES, buildElsewhere));
}

/** Builds both on an Engine that is to have all that they are made from; whoever only runs them is given the same. */
export async function buildImages(engine: Engine): Promise<void> {
  let built = false;
  await madeOnce(IMAGES, async (file) => {
    await buildAndSave(engine, file);
    built = true;
  });
  if (!built) await build(engine);
}

async function buildElsewhere(file: string): Promise<void> {
  const engine = await Engine.start();
  try {
    await buildAndSave(engine, file);
  } finally {
    await engine.stop();
  }
}

async function buildAndSave(engine: Engine, file: string): Promise<void> {
  await engine.save(file, ...(await build(engine)));
}

async function build(engine: Engine): Promise<readonly string[]> {
  await importBase(engine);
  return [await buildImage(engine, 'nameserver'), await buildImage(engine, 'registrar')];
}

/** The one of Debian, which understands the `-S` of a script's first line, and a place for the scripts of an image. */
async function addEnv(root: string): Promise<void> {
  await rm(join(root, 'usr/bin/env'));
  await addProgram(root, '/usr/bin/env');
  await mkdir(join(root, 'usr/local/bin'), { recursive: true });
}

async function addNpm(root: string): Promise<void> {
  const npm = dirname(dirname(await realpath(pathOf(NPM))));
  await cp(npm, join(root, 'usr/lib/node_modules/npm'), { recursive: true });
  await symlink('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/bin/npm'));
  await addFile(root, AUTHORITIES);
  const registry = (await exec(pathOf(NPM), ['config', 'get', 'registry'])).trim();
  await writeFile(
    join(root, 'root/.npmrc'),
    `registry=${registry}\ncafile=${AUTHORITIES}\nupdate-notifier=false\n`,
  );
}
