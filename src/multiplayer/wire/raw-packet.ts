import { Command } from './command.ts';

// RAW: the command, then the bytes of `sendBytes` (docs/engine/multiplayer-wire.md#raw-packets).
const PAYLOAD_AT = 1;

export function rawPacket(payload: Uint8Array): Uint8Array {
  const packet = new Uint8Array(PAYLOAD_AT + payload.length);
  packet[0] = Command.RAW;
  packet.set(payload, PAYLOAD_AT);
  return packet;
}

/** The bytes of a RAW packet; empty when it has none. */
export function rawPayload(packet: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return packet.subarray(PAYLOAD_AT);
}
