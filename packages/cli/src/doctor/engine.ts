import { formatSocketAddress } from '@callsign/daemon';
import type { DockerAddress } from '@callsign/registrar';
import type { Finding } from './finding.ts';
import { type Probe, type ProbeOptions, probe } from './http-probe.ts';

const ABOUT = 'Docker Engine';

export interface EngineFacts {
  readonly address: DockerAddress;
  /** Absent: it wants TLS, and is not asked. */
  readonly answer?: Probe;
}

export async function gatherEngine(address: DockerAddress): Promise<EngineFacts> {
  const place = placeOf(address);
  return place === undefined ? { address } : { address, answer: await probe({ ...place, path: '/_ping' }) };
}

/** Where its API is, for those checks that ask it; undefined with TLS. */
export function placeOf(address: DockerAddress): ProbeOptions | undefined {
  if (address.kind === 'socket') return { socketPath: address.path };
  return address.tls ? undefined : { host: address.host, port: address.port ?? 2375 };
}

/** Does a registrar reach its Engine? */
export function judgeEngine({ address, answer }: EngineFacts): Finding {
  const at = whereIs(address);
  if (answer === undefined) return { about: ABOUT, state: 'unknown', text: `${at} wants TLS: not asked` };
  if (answer.kind === 'silence') return silent(at, answer.code);
  if (answer.status === 200) return { about: ABOUT, state: 'good', text: `it answers at ${at}` };
  return { about: ABOUT, state: 'wrong', text: `${at} answers ${answer.status}: that is no Docker Engine` };
}

function whereIs(address: DockerAddress): string {
  if (address.kind === 'socket') return address.path;
  return formatSocketAddress({ host: address.host, port: address.port ?? 2375 });
}

function silent(at: string, code: string): Finding {
  const wrong = (text: string, cure: string): Finding => ({ about: ABOUT, state: 'wrong', text, cure });
  switch (code) {
    case 'EACCES':
      return wrong(
        `this user may not use ${at}`,
        `Put the user into the file's group ("usermod -aG docker USER", then log in again), or a container by --group-add "$(stat -c %g ${at})"`,
      );
    case 'ENOENT':
      return wrong(
        `there is no ${at}`,
        'Start Docker, mount its socket into the container, or say where it is by --docker',
      );
    case 'ECONNREFUSED':
      return wrong(`nobody answers at ${at}`, 'Start Docker: "systemctl start docker"');
    default:
      return wrong(`no answer from ${at}: ${code}`, 'Is it the address of a Docker Engine? See --docker');
  }
}
