import type { RoomMetadata } from '../rooms/index.ts';

/** Bytes of a room's metadata as JSON in UTF-8: every process has those of all rooms. */
export const MOST_METADATA_BYTES = 16_384;

/** Throws `TypeError` for metadata that JSON cannot have, and `RangeError` for what is too large to be told to the other processes. */
export function checkMetadata(metadata: RoomMetadata): void {
  const text: string | undefined = JSON.stringify(metadata);
  if (text?.startsWith('{') !== true) throw new TypeError('metadata is an object of plain data');
  const size = Buffer.byteLength(text);
  if (size > MOST_METADATA_BYTES)
    throw new RangeError(`metadata has ${size} bytes as JSON; at most ${MOST_METADATA_BYTES} are possible`);
}
