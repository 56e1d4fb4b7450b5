/** The part of native-dns-packet 0.1.1 that message.ts uses; the package brings no types of its own. */
declare module 'native-dns-packet' {
  export interface NativeRecord {
    name: string;
    type: number;
    class: number;
    ttl: number;
    address?: string;
    data?: string | string[] | { readonly buffer: Buffer } | Buffer;
    priority?: number;
    weight?: number;
    port?: number;
    target?: string;
    exchange?: string;
    primary?: string;
    admin?: string;
    serial?: number;
    refresh?: number;
    retry?: number;
    expiration?: number;
    minimum?: number;
    options?: { code: number; data: Buffer }[];
  }

  export default class Packet {
    header: Record<
      'id' | 'qr' | 'opcode' | 'aa' | 'tc' | 'rd' | 'ra' | 'res1' | 'res2' | 'res3' | 'rcode',
      number
    >;
    question: { name: string; type: number; class: number }[];
    answer: NativeRecord[];
    authority: NativeRecord[];
    additional: NativeRecord[];
    static parse(bytes: Buffer): Packet;
    static write(into: Buffer, packet: Packet): number;
  }
}
