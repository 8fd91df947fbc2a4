import { Command, commandOf } from './command.ts';
import { isSysPacket, PAYLOAD_AT, SysCommand, sysCommandOf } from './sys-packet.ts';

/** Whether a packet is for a peer that is being authenticated. */
export function isAuthentication(packet: Uint8Array): boolean {
  return isSysPacket(packet) && sysCommandOf(packet) === SysCommand.AUTH;
}

/**
 * Whether a packet to a client is a call or bytes, of this side or relayed: what no later packet replaces. The others are about peers,
 * paths and replicated nodes.
 */
export function isDelivery(packet: Uint8Array): boolean {
  const isRelayed = isSysPacket(packet) && sysCommandOf(packet) === SysCommand.RELAY;
  const inner = isRelayed ? packet.subarray(PAYLOAD_AT) : packet;
  if (inner.length === 0) return false;
  const command = commandOf(inner);
  return command === Command.REMOTE_CALL || command === Command.RAW;
}
