import { printable } from '@callsign/daemon';
import type { Preview } from '@callsign/registrar';

type Record = Preview['records'][number];

/** What a registrar would do, for people: for each container who decided, its names and where they lead, and why. */
export function previewLines(previews: readonly Preview[]): string[] {
  const blocks = previews.map((preview) => [
    headOf(preview),
    ...table(preview.records.map(row)),
    ...preview.reasons.map((reason) => `  ${reason}`),
    ...preview.console.map(({ plugin, line }) => `  ${plugin} says: ${line}`),
  ]);
  return [...blocks.flat(), summary(previews)].map(printable);
}

function headOf({ container, name, state, plugin }: Preview): string {
  const by = plugin === undefined ? '' : ` by ${plugin}`;
  return `${name.replace(/^\//, '') || container} (${container}): ${state}${by}`;
}

function row({ name, value }: Record): readonly string[] {
  const { host, port, callsign, ...others } = value;
  const { protocol, portname } = (callsign ?? {}) as {
    readonly protocol?: string;
    readonly portname?: string;
  };
  const at = port === undefined || port === -1 ? '' : String(port);
  const rest = Object.entries(others).map(([field, content]) => `${field}=${JSON.stringify(content)}`);
  return [name, String(host ?? ''), [at, protocol, portname].filter(Boolean).join('/'), rest.join(' ')];
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((cells) => cells[column]?.length ?? 0)));
  return rows.map((cells) =>
    `  ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')}`.trimEnd(),
  );
}

function summary(previews: readonly Preview[]): string {
  const count = (state: Preview['state']) => previews.filter((preview) => preview.state === state).length;
  return `${count('published')} published, ${count('skipped')} skipped, ${count('failed')} failed`;
}
