import { execFileSync } from 'node:child_process';

/** A program that a suite runs for real, and the Debian package that brings it. */
export interface Part {
  readonly program: string;
  readonly aptPackage: string;
}

export const ETCD: Part = { program: 'etcd', aptPackage: 'etcd-server' };
export const ETCDCTL: Part = { program: 'etcdctl', aptPackage: 'etcd-client' };
export const OPENSSL: Part = { program: 'openssl', aptPackage: 'openssl' };
export const DOCKERD: Part = { program: 'dockerd', aptPackage: 'docker.io' };
/** The client of the same package as the Engine, whatever else is on the PATH. */
export const DOCKER: Part = { program: '/usr/bin/docker', aptPackage: 'docker.io' };
/** The oldest Compose that we support. */
export const COMPOSE: Part = { program: 'docker-compose', aptPackage: 'docker-compose' };
export const PODMAN: Part = { program: 'podman', aptPackage: 'podman' };
export const RUNC: Part = { program: 'runc', aptPackage: 'runc' };
export const DIG: Part = { program: 'dig', aptPackage: 'bind9-dnsutils' };
export const KNOTD: Part = { program: 'knotd', aptPackage: 'knot' };
export const NSD: Part = { program: 'nsd', aptPackage: 'nsd' };
export const KDIG: Part = { program: 'kdig', aptPackage: 'knot-dnsutils' };
export const CURL: Part = { program: 'curl', aptPackage: 'curl' };
export const BUSYBOX: Part = { program: 'busybox', aptPackage: 'busybox-static' };
export const CHROMIUM: Part = { program: 'chromium', aptPackage: 'chromium' };
export const UNBOUND: Part = { program: 'unbound', aptPackage: 'unbound' };
export const DNSMASQ: Part = { program: 'dnsmasq', aptPackage: 'dnsmasq-base' };
export const FSTRM_CAPTURE: Part = { program: 'fstrm_capture', aptPackage: 'fstrm-bin' };
export const DNSTAP_LDNS: Part = { program: 'dnstap-ldns', aptPackage: 'dnstap-ldns' };
export const PROMTOOL: Part = { program: 'promtool', aptPackage: 'prometheus' };
export const CC: Part = { program: 'cc', aptPackage: 'gcc libc6-dev' };
export const MUSL_GCC: Part = { program: 'musl-gcc', aptPackage: 'musl-tools' };
export const PYTHON: Part = { program: 'python3', aptPackage: 'python3' };
export const GETENT: Part = { program: 'getent', aptPackage: 'libc-bin' };
export const SYSTEMD_ANALYZE: Part = { program: 'systemd-analyze', aptPackage: 'systemd' };
export const SYSTEMD_NOTIFY: Part = { program: 'systemd-notify', aptPackage: 'systemd' };
export const SYSTEMD_SOCKET_ACTIVATE: Part = { program: 'systemd-socket-activate', aptPackage: 'systemd' };
export const BASH: Part = { program: 'bash', aptPackage: 'bash' };
export const FISH: Part = { program: 'fish', aptPackage: 'fish' };
export const ZSH: Part = { program: 'zsh', aptPackage: 'zsh' };
export const UTIL_LINUX: Part = { program: 'unshare', aptPackage: 'util-linux' };
export const IP: Part = { program: 'ip', aptPackage: 'iproute2' };
export const IPTABLES: Part = { program: 'iptables', aptPackage: 'iptables' };

const SEARCHED = `${process.env.PATH}:/usr/sbin:/sbin:/usr/bin:/bin`;
const told = new Set<string>();

/** Where a part is, or undefined when this machine does not have it. */
function find({ program }: Part): string | undefined {
  try {
    return execFileSync('/bin/sh', ['-c', `command -v ${program}`], {
      env: { PATH: SEARCHED },
      encoding: 'utf8',
    }).trim();
  } catch {
    return undefined;
  }
}

/**
 * To be called in a suite's `before`: skips the suite when one of its parts is missing, with one loud line
 * each saying what to install. In CI a missing part is a failure.
 */
export function requireParts(suite: Mocha.Context, ...parts: readonly Part[]): void {
  const missing = parts.filter((part) => find(part) === undefined);
  if (missing.length === 0) return;
  const text = missing
    .map(({ program, aptPackage }) => `${program} (apt-get install ${aptPackage})`)
    .join(', ');
  if (process.env.CI !== undefined) throw new Error(`this suite needs ${text}`);
  if (!told.has(text)) process.stderr.write(`\n!!! SKIPPED, because this machine has no ${text}\n\n`);
  told.add(text);
  suite.skip();
}

/** True when this machine has it. */
export function hasPart(part: Part): boolean {
  return find(part) !== undefined;
}

/** The path of a part that `requireParts` has asked for. */
export function pathOf(part: Part): string {
  const path = find(part);
  if (path === undefined)
    throw new Error(`${part.program} is not installed: apt-get install ${part.aptPackage}`);
  return path;
}
