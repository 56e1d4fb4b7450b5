import { get as getPlain, type IncomingMessage, type RequestOptions } from 'node:http';
import { get as getSecure } from 'node:https';
import { text } from 'node:stream/consumers';
import { PATIENCE_MS } from './finding.ts';

/** What came of one GET. */
export type Probe =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body: string;
      /** What the other side's clock said, and ours in the middle of the call, in milliseconds. */
      readonly clocks?: { readonly theirs: number; readonly ours: number };
    }
  | { readonly kind: 'silence' /** errno's name, as far as there is one. */; readonly code: string };

export interface ProbeOptions extends RequestOptions {
  readonly secure?: boolean;
  readonly ca?: Buffer | undefined;
  readonly cert?: Buffer | undefined;
  readonly key?: Buffer | undefined;
}

/** Asks by HTTP, over TCP or a socket file; whatever fails is a silence. */
export async function probe({ secure = false, ...options }: ProbeOptions): Promise<Probe> {
  const began = Date.now();
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const request = (secure ? getSecure : getPlain)(
    { ...options, signal: AbortSignal.timeout(PATIENCE_MS) },
    resolve,
  );
  request.on('error', reject);
  try {
    const response = await promise;
    const ours = (began + Date.now()) / 2;
    const theirs = Date.parse(response.headers.date ?? '');
    const body = await text(response);
    const clocks = Number.isNaN(theirs) ? {} : { clocks: { theirs, ours } };
    return { kind: 'answer', status: response.statusCode ?? 0, body, ...clocks };
  } catch (error) {
    const { code, name, cause } = error as NodeJS.ErrnoException & { readonly cause?: Error };
    return { kind: 'silence', code: name === 'AbortError' ? 'ETIMEDOUT' : (code ?? cause?.name ?? name) };
  }
}
