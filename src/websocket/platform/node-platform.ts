import * as crypto from 'node:crypto';
import type { Platform } from '../../protocol/index.ts';
import { unmaskReceived } from '../../stream/index.ts';
import { keepFreedMemory } from './freed-memory.ts';
import { decodeUtf8, encodeUtf8, isUtf8 } from './utf8.ts';

/** Missing in some other runtimes. */
const { hash }: { hash?: typeof crypto.hash } = crypto;

/** The protocol's needs, met by Node. */
export const nodePlatform: Platform = {
  fillRandom: (bytes) => {
    crypto.randomFillSync(bytes);
  },
  sha1,
  ...(hash === undefined ? {} : { sha1Base64: (text: string) => hash('sha1', text, 'base64') }),
  isUtf8,
  encodeUtf8,
  decodeUtf8,
  allocate,
  unmask: unmaskReceived,
};

/** In one call where there is such (Node 20.12): it makes no stream for it. */
function sha1(bytes: Uint8Array): Uint8Array {
  return hash === undefined ? crypto.createHash('sha1').update(bytes).digest() : hash('sha1', bytes, 'buffer');
}

/** From this many bytes on, memory that the system takes back costs more than all else that is done with a packet. */
const LARGE = 8192;

/** A plain array, alone in its memory, as every packet is. */
function allocate(size: number): Uint8Array<ArrayBuffer> {
  if (size >= LARGE) keepFreedMemory();
  const { buffer } = Buffer.allocUnsafeSlow(size);
  return buffer.byteLength === size ? new Uint8Array(buffer) : new Uint8Array(size);
}
