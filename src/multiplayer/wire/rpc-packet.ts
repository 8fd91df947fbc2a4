import type { Failure } from '../../failure.ts';
import type { VariantWriter } from '../../variant/index.ts';
import { readUint32 } from './command.ts';

/** How wide the node's number and the method's id are, in the first byte (docs/engine/multiplayer-wire.md#remote-calls). */
const NODE_WIDTH_SHIFT = 4;
const METHOD_WIDTH_BIT = 0x40;
const RAW_BIT = 0x80;
/** In a 4-byte node number: the rest is where the path begins. */
const PATH_BIT = 0x8000_0000;

/** What stands before the arguments of a call. One is used again for all calls. */
export class CallHeader {
  /** The caller's number for the node; with `pathStart` set, meaningless. */
  node = 0;
  /** Where the path begins that stands for the node; -1 for none. */
  pathStart = -1;
  method = 0;
  /** Nothing behind the header but a single PackedByteArray, or nothing at all. */
  isRaw = false;
  argumentsStart = 0;
  argumentsEnd = 0;
}

/** Reads the header of a REMOTE_CALL into `header`; null, or why it is none. */
export function readCallHeader(packet: Uint8Array, header: CallHeader): Failure | null {
  const first = packet[0]!;
  const widthCode = (first >> NODE_WIDTH_SHIFT) & 3;
  if (widthCode === 3) return bad('its node number has an unknown width');
  const nodeWidth = 1 << widthCode;
  const methodWidth = (first & METHOD_WIDTH_BIT) === 0 ? 1 : 2;
  const start = 1 + nodeWidth + methodWidth;
  if (packet.length < start) return bad(`${packet.length} bytes are too few for a call`);
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
  if (pathStart < start || pathStart >= packet.length) return bad('its path begins outside of the packet');
  header.pathStart = pathStart;
  header.argumentsEnd = pathStart;
  return null;
}

/** Room that is left before the body of a call, so that a header of any width can be put in front of it. */
export const HEADER_ROOM = 7;

/**
 * The call whose body lies in `writer` from `HEADER_ROOM` to `bodyEnd`, for a peer that knows the node's number, or with
 * `path` for one that does not; `isWide` takes four bytes for the number in any case. Valid until the writer is used again.
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
  // 20 ns; a subarray takes 40, and so does asking the array, not the view, for its memory.
  return new Uint8Array(writer.view.buffer, start, writer.size - start);
}

function bad(message: string): Failure {
  return { code: 'TICKPEER_BAD_PACKET', message };
}
