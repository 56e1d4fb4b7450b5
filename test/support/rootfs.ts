import { cp, mkdir, realpath, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { exec } from './exec.ts';
import { BUSYBOX, pathOf } from './parts.ts';

const APPLETS =
  'cat chmod chown cp find grep httpd id install kill ls mkdir mv nslookup ping rm sed sh sleep test true wget';

/**
 * A small root file system from this machine's own programs: busybox, and `getent` with the C library it was
 * linked with, so that a container can ask for names as ordinary programs do. No registry is needed.
 */
export async function makeRootfs(root: string): Promise<void> {
  for (const directory of ['bin', 'etc', 'proc', 'sys', 'tmp', 'usr/bin', 'root']) {
    await mkdir(join(root, directory), { recursive: true });
  }
  await cp(pathOf(BUSYBOX), join(root, 'bin/busybox'), { dereference: true });
  for (const applet of APPLETS.split(' ')) await symlink('busybox', join(root, 'bin', applet));
  await symlink('../../bin/busybox', join(root, 'usr/bin/env'));
  await addProgram(root, '/usr/bin/getent');
  await writeFile(join(root, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\nnode:x:1000:1000::/tmp:/bin/sh\n');
  await writeFile(join(root, 'etc/group'), 'root:x:0:\nnode:x:1000:\n');
  await writeFile(join(root, 'etc/nsswitch.conf'), 'hosts: files dns\n');
}

/** Puts a program at `/usr/bin` together with every library that it loads. */
export async function addProgram(root: string, path: string): Promise<void> {
  await cp(await realpath(path), join(root, 'usr/bin', path.split('/').at(-1) ?? path));
  const said = await exec('ldd', [path]);
  for (const [library] of said.matchAll(/\/\S+(?= \()/g)) await addFile(root, library);
}

/** Copies a file to the same place below `root`; a link is followed. */
export async function addFile(root: string, path: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await cp(await realpath(path), join(root, path));
}
