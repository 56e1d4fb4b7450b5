import { readFileSync } from 'node:fs';

/** The data of skydock's own tests. */
export interface SkydockCases {
  readonly utils: {
    readonly clean_image_name: readonly { readonly input: string; readonly output: string }[];
    readonly split_uri: readonly { readonly input: string; readonly proto: string; readonly path: string }[];
  };
  readonly create_service: readonly CreateServiceCase[];
  readonly flow: readonly { readonly source: string }[];
}

export interface CreateServiceCase {
  readonly source: string;
  readonly plugin: string;
  readonly environment?: string;
  readonly ttl?: number;
  readonly container: SkydockContainer;
  /** In SkyDNS 1's words: Version is the instance, Name the service. */
  readonly expected: Readonly<Record<string, string | number>>;
}

export interface SkydockContainer {
  readonly Image: string;
  readonly Name: string;
  readonly Config?: Readonly<Record<string, unknown>>;
  readonly NetworkSettings: {
    readonly IpAddress: string;
    readonly Ports?: Readonly<Record<string, unknown>>;
  };
}

export function readCases(): SkydockCases {
  return JSON.parse(readFileSync(new URL('../../../test/cases/skydock.json', import.meta.url), 'utf8'));
}
