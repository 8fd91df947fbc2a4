import { isUtf8 } from 'node:buffer';
import { createHash, randomFillSync } from 'node:crypto';
import type { Platform } from '../protocol/index.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The protocol's needs, met by Node. */
export const nodePlatform: Platform = {
  fillRandom: (bytes) => {
    randomFillSync(bytes);
  },
  sha1: (bytes) => createHash('sha1').update(bytes).digest(),
  isUtf8: (bytes) => isUtf8(bytes),
  encodeUtf8: (text) => encoder.encode(text),
  decodeUtf8: (bytes) => decoder.decode(bytes),
};
