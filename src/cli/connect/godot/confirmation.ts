import type { DecodedPacket } from '../../../multiplayer/index.ts';

const CONFIRM_PATH = 2;
const SYS = 7;
const RELAY = 3;

/**
 * The packet that confirms the node which `packet` introduces, and whose path is not `isKnown`; null for any other packet. Without it,
 * a sender does not send what it spawns and synchronizes there (docs/engine/multiplayer-wire.md).
 */
export function confirmationOf(packet: DecodedPacket, isKnown: (path: string) => boolean): Uint8Array | null {
  if (packet.kind === 'simplify-path') return isKnown(packet.path) ? null : confirmPath(packet.number);
  if (packet.kind !== 'relay' || packet.source === null) return null;
  const inner = confirmationOf(packet.packet, isKnown);
  return inner === null ? null : relay(packet.source, inner);
}

/** It says that the methods are the same: with another answer, no calls come. */
function confirmPath(number: number): Uint8Array {
  const bytes = new Uint8Array(6);
  bytes[0] = CONFIRM_PATH;
  bytes[1] = 1;
  new DataView(bytes.buffer).setUint32(2, number, true);
  return bytes;
}

function relay(to: number, packet: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(6 + packet.length);
  bytes[0] = SYS;
  bytes[1] = RELAY;
  new DataView(bytes.buffer).setInt32(2, to, true);
  bytes.set(packet, 6);
  return bytes;
}
