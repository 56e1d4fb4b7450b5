/**
 * Frame Streams (https://farsightsec.github.io/fstrm/): payloads behind their length in four bytes. A length of 0 says
 * that a control frame follows, behind its own length.
 */
const CONTENT_TYPE = Buffer.from('protobuf:dnstap.Dnstap');
const CONTENT_TYPE_FIELD = 1;
/** No control frame is longer (FSTRM_CONTROL_FRAME_LENGTH_MAX). */
const MOST_CONTROL = 512;
const ESCAPE = 4;

export const CONTROL = { ACCEPT: 1, START: 2, STOP: 3, READY: 4, FINISH: 5 } as const;
export type ControlType = (typeof CONTROL)[keyof typeof CONTROL];

export const READY: Buffer = controlFrame(CONTROL.READY, CONTENT_TYPE);
export const START: Buffer = controlFrame(CONTROL.START, CONTENT_TYPE);
export const STOP: Buffer = controlFrame(CONTROL.STOP);

function controlFrame(type: ControlType, contentType?: Buffer): Buffer {
  const field = contentType && Buffer.concat([numbers(CONTENT_TYPE_FIELD, contentType.length), contentType]);
  const body = Buffer.concat([numbers(type), ...(field ? [field] : [])]);
  return Buffer.concat([numbers(0, body.length), body]);
}

/** A payload behind its length. */
export function dataFrame(payload: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(4 + payload.length);
  frame.writeUInt32BE(payload.length);
  frame.set(payload, 4);
  return frame;
}

export interface ControlFrame {
  readonly type: number;
  /** False: it names content types, and ours is not among them. */
  readonly takesDnstap: boolean;
}

/**
 * Reads the control frame at the beginning of what a reader has sent.
 * @returns undefined while it is not whole
 * @throws {Error} when it is none
 */
export function readControlFrame(received: Buffer): { frame: ControlFrame; length: number } | undefined {
  if (received.length < ESCAPE + 4) return undefined;
  const length = received.readUInt32BE(ESCAPE);
  if (received.readUInt32BE(0) !== 0 || length < 4 || length > MOST_CONTROL)
    throw new Error('what came is no control frame of Frame Streams');
  const end = ESCAPE + 4 + length;
  if (received.length < end) return undefined;
  const body = received.subarray(ESCAPE + 4, end);
  const types = contentTypes(body.subarray(4));
  const takesDnstap = types.length === 0 || types.some((type) => type.equals(CONTENT_TYPE));
  return { frame: { type: body.readUInt32BE(0), takesDnstap }, length: end };
}

function contentTypes(fields: Buffer): Buffer[] {
  if (fields.length === 0) return [];
  const end = fields.length < 8 ? Number.POSITIVE_INFINITY : 8 + fields.readUInt32BE(4);
  if (end > fields.length || fields.readUInt32BE(0) !== CONTENT_TYPE_FIELD)
    throw new Error('a control frame has a field that Frame Streams has not');
  return [fields.subarray(8, end), ...contentTypes(fields.subarray(end))];
}

function numbers(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [at, value] of values.entries()) bytes.writeUInt32BE(value, 4 * at);
  return bytes;
}
