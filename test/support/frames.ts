/** Raw frames for tests, made without the library's own encoder. */
export interface RawFrame {
  readonly opcode: number;
  readonly payload?: Uint8Array | string;
  readonly fin?: boolean;
  /** The three reserved bits in their position: 0x40, 0x20, 0x10. */
  readonly rsv?: number;
  /** The masking key; undefined: no mask. */
  readonly key?: readonly [number, number, number, number];
  /** Bytes of the length field: 0 (7 bits), 2 or 8. Default: the shortest form. */
  readonly lengthBytes?: 0 | 2 | 8;
}

export const KEY: readonly [number, number, number, number] = [0x37, 0xfa, 0x21, 0x3d];

export function rawFrame(frame: RawFrame): Uint8Array {
  const { opcode, payload = '', fin = true, rsv = 0, key } = frame;
  const body = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload;
  const lengthBytes = frame.lengthBytes ?? (body.length < 126 ? 0 : body.length < 65_536 ? 2 : 8);
  const maskBit = key === undefined ? 0 : 0x80;
  const head = [(fin ? 0x80 : 0) | rsv | opcode];
  if (lengthBytes === 0) head.push(maskBit | body.length);
  else if (lengthBytes === 2) head.push(maskBit | 126, body.length >> 8, body.length & 0xff);
  else head.push(maskBit | 127, 0, 0, 0, 0, ...[24, 16, 8, 0].map((shift) => (body.length >>> shift) & 0xff));
  if (key !== undefined) head.push(...key);
  const masked = key === undefined ? body : body.map((byte, index) => byte ^ key[index & 3]!);
  return concat([Uint8Array.from(head), masked]);
}

/** A frame as the other side of `role` sends it: masked for a server to read, bare for a client. */
export function frameTo(role: 'client' | 'server', frame: RawFrame): Uint8Array {
  return rawFrame(role === 'server' ? { key: KEY, ...frame } : frame);
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
}

/** Decodes whole frames without the library's decoder. */
export interface ReadFrame {
  readonly fin: boolean;
  readonly rsv: number;
  readonly opcode: number;
  readonly isMasked: boolean;
  readonly payload: Uint8Array;
}

export function readFrames(bytes: Uint8Array): ReadFrame[] {
  const frames: ReadFrame[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < bytes.length; ) {
    const first = view.getUint8(at);
    const second = view.getUint8(at + 1);
    at += 2;
    let length = second & 0x7f;
    if (length === 126) {
      length = view.getUint16(at);
      at += 2;
    } else if (length === 127) {
      length = Number(view.getBigUint64(at));
      at += 8;
    }
    const isMasked = (second & 0x80) !== 0;
    const key = isMasked ? bytes.slice(at, at + 4) : new Uint8Array(4);
    if (isMasked) at += 4;
    const payload = bytes.slice(at, at + length).map((byte, index) => byte ^ key[index & 3]!);
    at += length;
    frames.push({ fin: (first & 0x80) !== 0, rsv: first & 0x70, opcode: first & 0x0f, isMasked, payload });
  }
  return frames;
}
