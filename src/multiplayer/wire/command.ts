/** The low three bits of a packet's first byte (spec/multiplayer-wire.md section 4). */
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

export const COMMAND_MASK = 0x07;

/** The second byte of a SYS packet (section 6). */
export enum SysCommand {
  AUTH = 0,
  ADD_PEER = 1,
  DEL_PEER = 2,
  RELAY = 3,
}

/** Bytes before what a RELAY packet carries: two of command, four of a peer's id. */
export const RELAY_HEADER_SIZE = 6;

const NO_BYTES = new Uint8Array(0);

/** ADD_PEER, DEL_PEER, or RELAY with the packet it carries. */
export function sysPacket(sub: SysCommand, id: number, payload: Uint8Array = NO_BYTES): Uint8Array {
  const packet = new Uint8Array(RELAY_HEADER_SIZE + payload.length);
  packet[0] = Command.SYS;
  packet[1] = sub;
  new DataView(packet.buffer).setInt32(2, id, true);
  packet.set(payload, RELAY_HEADER_SIZE);
  return packet;
}

/** AUTH with data; without, "I have completed authentication". */
export function authPacket(data: Uint8Array = NO_BYTES): Uint8Array {
  const packet = new Uint8Array(2 + data.length);
  packet[0] = Command.SYS;
  packet[1] = SysCommand.AUTH;
  packet.set(data, 2);
  return packet;
}

export function rawPacket(payload: Uint8Array): Uint8Array {
  const packet = new Uint8Array(1 + payload.length);
  packet[0] = Command.RAW;
  packet.set(payload, 1);
  return packet;
}

export function simplifyPathPacket(md5: string, number: number, path: Uint8Array): Uint8Array {
  const packet = new Uint8Array(38 + path.length);
  packet[0] = Command.SIMPLIFY_PATH;
  for (let index = 0; index < 32; index++) packet[1 + index] = md5.charCodeAt(index);
  new DataView(packet.buffer).setUint32(34, number, true);
  packet.set(path, 38);
  return packet;
}

export function confirmPathPacket(isValid: boolean, number: number): Uint8Array {
  const packet = new Uint8Array(6);
  packet[0] = Command.CONFIRM_PATH;
  packet[1] = isValid ? 1 : 0;
  new DataView(packet.buffer).setUint32(2, number, true);
  return packet;
}

/** Whether a client's packet is only to be passed on: a RELAY to one other peer. */
export function isForOthers(packet: Uint8Array): boolean {
  if ((packet[0]! & COMMAND_MASK) !== Command.SYS || packet[1] !== SysCommand.RELAY) return false;
  return packet.length >= RELAY_HEADER_SIZE && readInt32(packet, 2) > 0;
}

export function readInt32(packet: Uint8Array, at: number): number {
  return packet[at]! | (packet[at + 1]! << 8) | (packet[at + 2]! << 16) | (packet[at + 3]! << 24);
}

export function readUint32(packet: Uint8Array, at: number): number {
  return readInt32(packet, at) >>> 0;
}
