import type { DeflateSettings } from '../../protocol/index.ts';
import type { CompressionOptions } from './compression.ts';

/** A browser negotiates compression by itself: what was asked for is kept as it is, and has no effect. */
export function compressionSettings(options: CompressionOptions | boolean | null): DeflateSettings | null {
  if (options === null || options === false) return null;
  const ends = { serverNoContextTakeover: true, clientNoContextTakeover: true };
  const windows = { serverMaxWindowBits: 15, clientMaxWindowBits: 15 };
  return { ...ends, ...windows, threshold: 1024, level: -1, memLevel: 8, ...(options === true ? {} : options) };
}
