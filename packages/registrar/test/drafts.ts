import type { Draft } from '../src/plugins/result.ts';

/** A service as a plugin describes it, changed as a test needs it. */
export function draft(changes: Partial<Draft> = {}): Draft {
  return {
    service: 's',
    instance: 'i',
    host: '10.0.0.1',
    port: 0,
    environment: null,
    region: null,
    ttl: null,
    priority: null,
    weight: null,
    text: null,
    group: null,
    mail: false,
    aliases: [],
    protocol: null,
    portName: null,
    scheme: null,
    alpn: [],
    ...changes,
  };
}
