import type { Failure } from '../../failure.ts';
import type { VariantWriter } from '../../variant/index.ts';
import { badPacket } from './bad-packet.ts';
import { readUint32 } from './command.ts';

/**
 * The widths of the node's number and of the method's id, in the first byte (docs/engine/multiplayer-wire.md#remote-calls).
 */
const NODE_WIDTH_SHIFT = 4;
const METHOD_WIDTH_BIT = 0x40;
const RAW_BIT = 0x80;
/** Set in a 4-byte node number: the other bits say where the path begins. */
const PATH_BIT = 0x8000_0000;

/** Where the method's id begins behind a number of four bytes. */
const WIDE_METHOD_AT = 5;

/** The part of a call before its arguments. One object is reused for all calls. */
export class CallHeader {
  /** The caller's number for the node; without meaning when `pathStart` is set. */
  node = 0;
  /** Where the path of the node begins; -1 when the call has none. */
  pathStart = -1;
  method = 0;
  /** The short form: after the header come the bytes of a single PackedByteArray, or nothing. */
  isRaw = false;
  argumentsStart = 0;
  argumentsEnd = 0;
}

/** Reads the header of a REMOTE_CALL into `header`. Returns null, or why it is invalid. */
export function readCallHeader(packet: Uint8Array, header: CallHeader): Failure | null {
  const first = packet[0]!;
  const widthCode = (first >> NODE_WIDTH_SHIFT) & 3;
  if (widthCode === 3) return badPacket('its node number has an unknown width');
  const nodeWidth = 1 << widthCode;
  const methodWidth = (first & METHOD_WIDTH_BIT) === 0 ? 1 : 2;
  const start = 1 + nodeWidth + methodWidth;
  if (packet.length < start) return badPacket(`${packet.length} bytes are too few for a call`);
  header.isRaw = (first & RAW_BIT) !== 0;
  header.pathStart = -1;
  header.argumentsStart = start;
  header.argumentsEnd = packet.length;
  const methodAt = 1 + nodeWidth;
  header.method = methodWidth === 1 ? packet[methodAt]! : packet[methodAt]! | (packet[methodAt + 1]! << 8);
  if (nodeWidth === 1) header.node = packet[1]!;
  else if (nodeWidth === 2) header.node = packet[1]! | (packet[2]! << 8);
  else header.node = readUint32(packet, 1);
  if (nodeWidth < 4 || header.node < PATH_BIT) return null;
  const pathStart = header.node - PATH_BIT;
  if (pathStart < start || pathStart >= packet.length) return badPacket('its path begins outside of the packet');
  header.pathStart = pathStart;
  header.argumentsEnd = pathStart;
  return null;
}

/** Bytes that are left free before the body of a call, for a header of any width. */
export const HEADER_ROOM = 7;

/**
 * Completes the call whose body is in `writer` from `HEADER_ROOM` to `bodyEnd`. `path`: for a peer that does not know the
 * node's number, otherwise null. `isWide`: writes the number in four bytes in any case. The result is valid until the writer
 * is used again.
 */
export function finishCall(
  writer: VariantWriter,
  bodyEnd: number,
  node: number,
  path: Uint8Array | null,
  isWide: boolean,
  method: number,
  isRaw: boolean,
): Uint8Array {
  writer.size = bodyEnd;
  if (path !== null) writer.writeBytes(path);
  const { bytes } = writer;
  const nodeWidth = isWide || path !== null || node > 0xffff ? 4 : node > 0xff ? 2 : 1;
  const methodWidth = method > 0xff ? 2 : 1;
  const start = HEADER_ROOM - 1 - nodeWidth - methodWidth;
  const widthCode = nodeWidth === 4 ? 2 : nodeWidth - 1;
  bytes[start] = (widthCode << NODE_WIDTH_SHIFT) | (methodWidth === 2 ? METHOD_WIDTH_BIT : 0) | (isRaw ? RAW_BIT : 0);
  const number = path === null ? node : PATH_BIT + bodyEnd - start;
  for (let at = 0; at < nodeWidth; at++) bytes[start + 1 + at] = number >>> (8 * at);
  bytes[start + 1 + nodeWidth] = method;
  if (methodWidth === 2) bytes[start + 2 + nodeWidth] = method >>> 8;
  // This takes 20 ns. `subarray` takes 40, and so does reading `buffer` of the array instead of the view.
  return new Uint8Array(writer.view.buffer, start, writer.size - start);
}

/** A copy of a call in which the number of the node is `offset` larger. A call with a path, or one that is no call, stays as it is. */
export function shiftCall(packet: Uint8Array, offset: number): Uint8Array {
  const header = new CallHeader();
  if (readCallHeader(packet, header) !== null || header.pathStart >= 0) return packet;
  const methodAt = 1 + (1 << ((packet[0]! >> NODE_WIDTH_SHIFT) & 3));
  const shifted = new Uint8Array(WIDE_METHOD_AT + packet.length - methodAt);
  shifted[0] = (packet[0]! & ~(3 << NODE_WIDTH_SHIFT)) | (2 << NODE_WIDTH_SHIFT);
  new DataView(shifted.buffer).setUint32(1, header.node + offset, true);
  shifted.set(packet.subarray(methodAt), WIDE_METHOD_AT);
  return shifted;
}
