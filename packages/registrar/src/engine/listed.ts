import { hash } from 'node:crypto';
import type { ListedContainer } from './engine.ts';

type Entry = Readonly<Record<string, unknown>>;

/** Reads one entry of the answer to `GET /containers/json`. */
export function listedContainer(entry: unknown): ListedContainer {
  const { Id, Names, Image, Labels, State, Status, Ports, HostConfig, NetworkSettings } = entry as Entry;
  const shown = [
    inOrder(Names),
    Image,
    Labels,
    State,
    aside(Status),
    inOrder(Ports),
    HostConfig,
    NetworkSettings,
  ];
  return { id: String(Id), mark: hash('sha1', JSON.stringify(shown), 'base64') };
}

/** Docker lists some things in another order each time. */
function inOrder(values: unknown): readonly string[] {
  return Array.isArray(values) ? values.map((value) => JSON.stringify(value)).sort() : [];
}

/** Of `Up 3 minutes (healthy)` only what stands in brackets: the rest is the time. */
function aside(status: unknown): string | undefined {
  return /\(.*\)$/.exec(String(status))?.[0];
}

/** Reads one entry of the answer to `GET /services`. */
export function listedService(entry: unknown): ListedContainer {
  const { ID, Version, Endpoint } = entry as Entry;
  return { id: String(ID), mark: hash('sha1', JSON.stringify([Version, Endpoint]), 'base64') };
}
