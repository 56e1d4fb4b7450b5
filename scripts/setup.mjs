/**
 * Makes a clone ready to run: the dependencies of package-lock.json, then the build. Does nothing that is done
 * already, so it may go before every other script. Plain JavaScript for Node 18 and newer, because it runs
 * before npm has brought the Node that the project itself runs on.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NEEDED_NODE = 24;
const TOP = dirname(dirname(fileURLToPath(import.meta.url)));
const MODULES = join(TOP, 'node_modules');

try {
  if (dependenciesAreOld()) install();
  build();
} catch (error) {
  say(`${error.message}`);
  process.exitCode = 1;
}

/** npm writes its own lockfile into node_modules at the very end of an install, so it is older after any change. */
function dependenciesAreOld() {
  const installed = join(MODULES, '.package-lock.json');
  return !existsSync(installed) || changed(installed) < changed(join(TOP, 'package-lock.json'));
}

function install() {
  const started = Date.now();
  say('installing the dependencies with "npm ci" (about 10 s, once) …');
  const [program, ...first] = npm();
  run(program, [...first, 'ci', '--no-audit', '--no-fund', '--loglevel=error'], 'npm ci');
  say(`installed in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

/** The npm that runs this script, run by the Node that runs it; without one, the npm on the PATH. */
function npm() {
  const { npm_execpath: script, npm_node_execpath: node } = process.env;
  return script?.endsWith('.js') && node !== undefined && existsSync(node) ? [node, script] : ['npm'];
}

function build() {
  run(ownNode(), [join(MODULES, 'typescript/bin/tsc'), '--build'], 'the build (tsc -b)');
}

/** Node 24 as npm brought it; elsewhere than on Linux x64, the one that runs this script. */
function ownNode() {
  const brought = join(MODULES, '.bin/node');
  if (existsSync(brought)) return brought;
  if (Number.parseInt(process.versions.node, 10) >= NEEDED_NODE) return process.execPath;
  throw new Error(
    `Callsign needs Node ${NEEDED_NODE} or newer and this is ${process.versions.node}: npm brings one to Linux x64 alone, so install it from https://nodejs.org`,
  );
}

function run(program, args, what) {
  const path = `${join(MODULES, '.bin')}${delimiter}${process.env.PATH}`;
  const { status, signal, error } = spawnSync(program, args, {
    cwd: TOP,
    env: { ...process.env, PATH: path },
    stdio: ['ignore', 2, 'inherit'],
  });
  if (error !== undefined) throw new Error(`${what} could not be started: ${error.message}`);
  if (status !== 0) throw new Error(`${what} failed (${signal ?? `exit code ${status}`}): see above`);
}

function changed(path) {
  return statSync(path).mtimeMs;
}

/** To stderr: stdout belongs to whatever runs after this. */
function say(text) {
  process.stderr.write(`setup: ${text}\n`);
}
