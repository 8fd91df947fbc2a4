import { NO_BYTES } from '../../bytes.ts';
import { Command, commandOf, readInt32 } from './command.ts';

/** The second byte of a SYS packet (docs/engine/multiplayer-wire.md#sys-packets). */
export enum SysCommand {
  AUTH = 0,
  ADD_PEER = 1,
  DEL_PEER = 2,
  RELAY = 3,
}

const SYS_COMMAND_AT = 1;
/** In AUTH, data follows. In the others, an id follows; in RELAY, the carried packet follows the id. */
const AUTH_DATA_AT = 2;
const ID_AT = 2;
/** Where the packet begins that a RELAY carries. */
export const PAYLOAD_AT = 6;

/** ADD_PEER, DEL_PEER, or RELAY with the packet it carries. */
export function sysPacket(sub: SysCommand, id: number, payload: Uint8Array = NO_BYTES): Uint8Array {
  const packet = new Uint8Array(PAYLOAD_AT + payload.length);
  packet[0] = Command.SYS;
  packet[SYS_COMMAND_AT] = sub;
  new DataView(packet.buffer).setInt32(ID_AT, id, true);
  packet.set(payload, PAYLOAD_AT);
  return packet;
}

/** AUTH with data. Without data it means that the sender has completed authentication. */
export function authPacket(data: Uint8Array = NO_BYTES): Uint8Array {
  const packet = new Uint8Array(AUTH_DATA_AT + data.length);
  packet[0] = Command.SYS;
  packet[SYS_COMMAND_AT] = SysCommand.AUTH;
  packet.set(data, AUTH_DATA_AT);
  return packet;
}

export function isSysPacket(packet: Uint8Array): boolean {
  return packet.length > 0 && commandOf(packet) === Command.SYS;
}

/** The byte that should be a `SysCommand`; undefined when it is missing. */
export function sysCommandOf(packet: Uint8Array): number | undefined {
  return packet[SYS_COMMAND_AT];
}

/** The data of an AUTH packet; empty when the sender has completed authentication. */
export function authData(packet: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return packet.subarray(AUTH_DATA_AT);
}

/** Whether a SYS packet other than AUTH is long enough. */
export function hasSysId(packet: Uint8Array): boolean {
  return packet.length >= PAYLOAD_AT;
}

/** The id in a packet that has one. */
export function sysIdOf(packet: Uint8Array): number {
  return readInt32(packet, ID_AT);
}

/** The packet that a RELAY carries. */
export function relayedPacket<Memory extends ArrayBufferLike>(packet: Uint8Array<Memory>): Uint8Array<Memory> {
  return packet.subarray(PAYLOAD_AT);
}

/** The client for which a server relays with this packet; 0 for another packet. */
export function relayedFor(packet: Uint8Array): number {
  const isRelay = isSysPacket(packet) && sysCommandOf(packet) === SysCommand.RELAY && hasSysId(packet);
  return isRelay ? sysIdOf(packet) : 0;
}

/** Whether a client's packet is only relayed: a RELAY to one other peer. */
export function isForOthers(packet: Uint8Array): boolean {
  return isSysPacket(packet) && sysCommandOf(packet) === SysCommand.RELAY && hasSysId(packet) && sysIdOf(packet) > 0;
}
