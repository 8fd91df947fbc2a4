import type { Failure } from '../../failure.ts';
import type { VariantWriter } from '../../variant/index.ts';
import { badPacket } from './bad-packet.ts';
import { Command, commandOf, readUint32 } from './command.ts';

// SYNC and DELTA: docs/engine/multiplayer-wire.md#sync. Both have a header and blocks, one for each synchronizer.

/** SYNC: the command and the time. */
export const SYNC_HEADER_SIZE = 3;
/** DELTA: the command. */
export const DELTA_HEADER_SIZE = 1;
/** The bit of the first byte that tells a DELTA from a SYNC. */
const DELTA_BIT = 0x10;
const DELTA = Command.SYNC | DELTA_BIT;
/** The net id of a synchronizer that was not spawned is its path number with this bit. */
const PATH_BIT = 0x8000_0000;
/** The properties that the mask of a DELTA can address. */
export const MOST_WATCHED = 64;

const SYNC_BLOCK_HEADER = 8;
const DELTA_BLOCK_HEADER = 16;
const SIZE_OF_SYNC_AT = 4;
const LOW_OF_DELTA_AT = 4;
const HIGH_OF_DELTA_AT = 8;
const SIZE_OF_DELTA_AT = 12;

/** Whether a packet, which may be empty, is a SYNC. */
export function isSync(packet: Uint8Array): boolean {
  return packet.length > 0 && commandOf(packet) === Command.SYNC && !isDelta(packet);
}

export function isDelta(packet: Uint8Array): boolean {
  return (packet[0]! & DELTA_BIT) !== 0;
}

/** The net id of the synchronizer with a path number. */
export function pathNetId(number: number): number {
  return (PATH_BIT | number) >>> 0;
}

/** Whether the mask of a DELTA has the property at `index`. */
export function isInMask(index: number, low: number, high: number): boolean {
  return ((index < 32 ? low >>> index : high >>> (index - 32)) & 1) === 1;
}

/** Whether a net id is that of a synchronizer that was not spawned. */
export function isPathNetId(netId: number): boolean {
  return netId >= PATH_BIT;
}

/** The path number in such a net id. */
export function pathNumberOf(netId: number): number {
  return netId - PATH_BIT;
}

/** Begins a packet in `bytes`, which has room for the header. `time`: its low 16 bits are sent. */
export function writeSyncHeader(bytes: Uint8Array, time: number): void {
  bytes[0] = Command.SYNC;
  bytes[1] = time;
  bytes[2] = time >>> 8;
}

export function writeDeltaHeader(bytes: Uint8Array): void {
  bytes[0] = DELTA;
}

/** Begins a block of a SYNC. The values follow, and then `endSyncBlock`. */
export function beginSyncBlock(writer: VariantWriter, netId: number): void {
  writer.writeU32(netId);
  writer.writeU32(0);
}

/** Writes the size of the block that begins at `start`. */
export function endSyncBlock(writer: VariantWriter, start: number): void {
  writer.view.setUint32(start + SIZE_OF_SYNC_AT, writer.size - start - SYNC_BLOCK_HEADER, true);
}

/** Begins a block of a DELTA. The values follow, and then `endDeltaBlock`. */
export function beginDeltaBlock(writer: VariantWriter, netId: number): void {
  writer.writeU32(netId);
  writer.writeU32(0);
  writer.writeU32(0);
  writer.writeU32(0);
}

/** Writes the mask, bit i for the i-th watched property, and the size of the block that begins at `start`. */
export function endDeltaBlock(writer: VariantWriter, start: number, low: number, high: number): void {
  writer.view.setUint32(start + LOW_OF_DELTA_AT, low, true);
  writer.view.setUint32(start + HIGH_OF_DELTA_AT, high, true);
  writer.view.setUint32(start + SIZE_OF_DELTA_AT, writer.size - start - DELTA_BLOCK_HEADER, true);
}

/** Reads the blocks of a SYNC or a DELTA, one after the other. One reader is reused for all packets. */
export class StateReader {
  #packet: Uint8Array = new Uint8Array(0);
  #at = 0;
  #isDelta = false;
  /** Of a SYNC. */
  time = 0;
  netId = 0;
  /** The mask of a DELTA's block. */
  low = 0;
  high = 0;
  /** Where the values of the block begin and end. */
  start = 0;
  end = 0;

  /** Begins another packet. Returns why it is none; null otherwise. */
  begin(packet: Uint8Array): Failure | null {
    this.#packet = packet;
    this.#isDelta = isDelta(packet);
    const header = this.#isDelta ? DELTA_HEADER_SIZE : SYNC_HEADER_SIZE;
    this.#at = header;
    if (packet.length <= header) return badPacket(`a ${this.#name} has no blocks`);
    if (!this.#isDelta) this.time = packet[1]! | (packet[2]! << 8);
    return null;
  }

  /** Reads the next block into the fields. Returns false at the end, or a failure when the block is cut off. */
  next(): boolean | Failure {
    const packet = this.#packet;
    const at = this.#at;
    if (at === packet.length) return false;
    const header = this.#isDelta ? DELTA_BLOCK_HEADER : SYNC_BLOCK_HEADER;
    if (at + header > packet.length) return badPacket(`a block of a ${this.#name} is cut off`);
    this.netId = readUint32(packet, at);
    if (this.#isDelta) {
      this.low = readUint32(packet, at + LOW_OF_DELTA_AT);
      this.high = readUint32(packet, at + HIGH_OF_DELTA_AT);
    }
    this.start = at + header;
    this.end = this.start + readUint32(packet, at + header - 4);
    if (this.end > packet.length) return badPacket(`a block of a ${this.#name} is cut off`);
    this.#at = this.end;
    return true;
  }

  get #name(): string {
    return this.#isDelta ? 'DELTA' : 'SYNC';
  }
}

/**
 * A copy of a SYNC or DELTA in which path numbers are `offset` larger, and the time is `later` ticks later. Null for a packet that is cut
 * off.
 */
export function shiftState(packet: Uint8Array, offset: number, later: number): Uint8Array | null {
  const reader = new StateReader();
  if (reader.begin(packet) !== null) return null;
  const copy = packet.slice();
  const view = new DataView(copy.buffer);
  if (!isDelta(packet)) writeSyncHeader(copy, reader.time + later);
  const header = isDelta(packet) ? DELTA_BLOCK_HEADER : SYNC_BLOCK_HEADER;
  for (let next = reader.next(); next !== false; next = reader.next()) {
    if (next !== true) return null;
    if (isPathNetId(reader.netId)) view.setUint32(reader.start - header, reader.netId + offset, true);
  }
  return copy;
}

/** A copy of a SYNC or DELTA without the blocks of some net ids; the packet itself when it has none of them. Null when nothing is left. */
export function withoutBlocks(packet: Uint8Array, isLeftOut: (netId: number) => boolean): Uint8Array | null {
  const reader = new StateReader();
  if (reader.begin(packet) !== null) return packet;
  const header = isDelta(packet) ? DELTA_BLOCK_HEADER : SYNC_BLOCK_HEADER;
  const kept: Uint8Array[] = [packet.subarray(0, isDelta(packet) ? DELTA_HEADER_SIZE : SYNC_HEADER_SIZE)];
  let size = kept[0]!.length;
  let isChanged = false;
  for (let next = reader.next(); next !== false; next = reader.next()) {
    if (next !== true) return packet; // it is cut off, and is refused by its receiver
    if (isLeftOut(reader.netId)) {
      isChanged = true;
      continue;
    }
    kept.push(packet.subarray(reader.start - header, reader.end));
    size += reader.end - reader.start + header;
  }
  if (!isChanged) return packet;
  if (kept.length === 1) return null;
  const copy = new Uint8Array(size);
  let at = 0;
  for (const part of kept) {
    copy.set(part, at);
    at += part.length;
  }
  return copy;
}
