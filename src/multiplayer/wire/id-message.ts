/** Whether `id` can be that of a client: 1 is the server, and ids have 31 bits. */
export function isClientId(id: number): boolean {
  return Number.isInteger(id) && id >= 2 && id <= 0x7fff_ffff;
}

/** The first message of a server to a client: its id, four bytes, little-endian (docs/engine/multiplayer-wire.md#the-id-message). */
export function writeIdMessage(id: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, id, true);
  return bytes;
}

/** The id in such a message, 2 to 2^31 - 1; null for anything else. */
export function readIdMessage(bytes: Uint8Array): number | null {
  if (bytes.length !== 4) return null;
  const id = new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true);
  return isClientId(id) ? id : null;
}
