import { createHash, randomFillSync } from 'node:crypto';
import type { Platform } from '../protocol/index.ts';
import { unmaskReceived } from '../stream/index.ts';
import { decodeUtf8, encodeUtf8, isUtf8 } from './utf8.ts';

/** The protocol's needs, met by Node. */
export const nodePlatform: Platform = {
  fillRandom: (bytes) => {
    randomFillSync(bytes);
  },
  sha1: (bytes) => createHash('sha1').update(bytes).digest(),
  isUtf8,
  encodeUtf8,
  decodeUtf8,
  unmask: unmaskReceived,
};
