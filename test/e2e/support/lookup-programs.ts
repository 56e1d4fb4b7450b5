import { join } from 'node:path';
import { BUSYBOX, PYTHON, pathOf } from '../../support/parts.ts';

/** A program that looks a name up, in whatever way is its own. */
export interface LookupProgram {
  readonly what: string;
  /** Its path and arguments. @param folder where the programs are that were built for the test */
  readonly command: (name: string, folder: string) => readonly string[];
  /** How its words are read; absent: an address a line. */
  readonly read?: (text: string) => string[];
  /** How many addresses of very many it takes at least; absent: all of them. */
  readonly atLeast?: number;
}

const PYTHON_LOOKUP = `
import socket, sys
try:
    for each in socket.getaddrinfo(sys.argv[1], None, type=socket.SOCK_STREAM): print(each[4][0])
except socket.gaierror: print('none')`;
const NODE_LOOKUP = `
require('node:dns').lookup(process.argv[1], { all: true }, (error, all) =>
  console.log(error ? 'none' : all.map(({ address }) => address).join('\\n')));`;

/** Programs that look names up by a resolver of their own making. */
export const LOOKUP_PROGRAMS: readonly LookupProgram[] = [
  { what: 'glibc', command: (name, folder) => [join(folder, 'resolve'), name] },
  {
    what: 'getent',

    command: (name) => ['/bin/sh', '-c', 'getent ahosts "$0" || echo none', name],
    read: (text) => lines(text).map((line) => line.split(' ')[0] ?? ''),
  },
  {
    what: 'musl',

    command: (name, folder) => [join(folder, 'resolve-musl'), name],
    // musl asks over TCP since 1.2.4; before, it keeps what stands in the cut answer.
    atLeast: 20,
  },
  { what: 'Python', command: (name) => [pathOf(PYTHON), '-c', PYTHON_LOOKUP, name] },
  { what: 'Node', command: (name) => [process.execPath, '-e', NODE_LOOKUP, name] },
  {
    what: 'busybox',

    command: (name) => [pathOf(BUSYBOX), 'sh', '-c', 'busybox nslookup "$0"; true', name],
    // The first address is the server's.
    read: (text) => {
      const found = [...text.matchAll(/^Address: ([^:\s]+|[\da-f:]+)$/gm)].map((match) => match[1] ?? '');
      return found.length === 0 ? ['none'] : found;
    },
    atLeast: 20,
  },
  {
    what: 'dig',

    command: (name) => [
      '/bin/sh',
      '-c',
      '{ dig +short "$0" A; dig +short "$0" AAAA; } | grep -v "\\.$" | grep . || echo none',
      name,
    ],
  },
];

/** An address a line. */
export function lines(text: string): string[] {
  return text.trim().split('\n');
}
