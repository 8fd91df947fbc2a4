import { Command, commandOf } from '../wire/command.ts';
import { CallHeader, readCallHeader } from '../wire/rpc-packet.ts';

const header = new CallHeader();
const latin1 = new TextDecoder('latin1');

/**
 * The name of what a newer packet replaces: calls of the same method of the same node, and bytes on the same channel. For packets that are
 * sent as unreliable, of which a receiver wants the newest.
 */
export function packetKind(packet: Uint8Array, channel: number): string {
  const command = packet.length === 0 ? Command.RAW : commandOf(packet);
  if (command !== Command.REMOTE_CALL || readCallHeader(packet, header) !== null) return `${command} ${channel}`;
  const { node, method, pathStart } = header;
  return pathStart < 0 ? `call ${method} ${node}` : `call ${method} ${latin1.decode(packet.subarray(pathStart))}`;
}
