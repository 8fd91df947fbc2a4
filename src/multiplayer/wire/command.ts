/** A packet's command, in the low three bits of its first byte (docs/engine/multiplayer-wire.md#framing). */
export enum Command {
  REMOTE_CALL = 0,
  SIMPLIFY_PATH = 1,
  CONFIRM_PATH = 2,
  RAW = 3,
  SPAWN = 4,
  DESPAWN = 5,
  SYNC = 6,
  SYS = 7,
}

const COMMAND_MASK = 0x07;

/** The command of a packet that is not empty. */
export function commandOf(packet: Uint8Array): Command {
  return packet[0]! & COMMAND_MASK;
}

export function readInt32(packet: Uint8Array, at: number): number {
  return packet[at]! | (packet[at + 1]! << 8) | (packet[at + 2]! << 16) | (packet[at + 3]! << 24);
}

export function readUint32(packet: Uint8Array, at: number): number {
  return readInt32(packet, at) >>> 0;
}
