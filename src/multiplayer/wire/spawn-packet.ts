import type { Failure } from '../../failure.ts';
import type { VariantWriter } from '../../variant/index.ts';
import { badPacket } from './bad-packet.ts';
import { Command, readUint32 } from './command.ts';

// SPAWN and DESPAWN: docs/engine/multiplayer-wire.md#spawn.

/** In the place of a scene's index: the node is made by the spawner's function, and its argument follows the name. */
export const CUSTOM_SPAWN = 255;
/** Net ids above are those of path numbers (docs/engine/multiplayer-wire.md#replication). */
export const LARGEST_NET_ID = 0x7fff_ffff;

const SCENE_AT = 1;
const SPAWNER_AT = 2;
const NET_ID_AT = 6;
const COUNT_AT = 10;
const NAME_SIZE_AT = 14;
const IDS_AT = 18;
const DESPAWN_SIZE = 5;
const NET_ID_OF_DESPAWN_AT = 1;

const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The fields of a SPAWN before its argument and its state. */
export interface SpawnHead {
  /** The scene's index in the list of its spawner, or `CUSTOM_SPAWN`. */
  readonly scene: number;
  /** The sender's path number of the spawner. */
  readonly spawner: number;
  readonly netId: number;
  /** The net ids of the synchronizers. */
  readonly synchronizers: readonly number[];
  readonly name: string;
}

/** A SPAWN that has arrived. */
export interface SpawnPacket extends SpawnHead {
  /** Where the argument of a custom spawn begins and ends; equal without one. */
  readonly argumentStart: number;
  readonly argumentEnd: number;
  /** Where the state begins, which ends with the packet. */
  readonly stateStart: number;
}

/** Writes all up to the argument of a custom spawn, or up to the state. */
export function writeSpawnHead(writer: VariantWriter, head: SpawnHead): void {
  const name = utf8.encode(`${head.name}\0`);
  writer.writeU8(Command.SPAWN);
  writer.writeU8(head.scene);
  writer.writeU32(head.spawner);
  writer.writeU32(head.netId);
  writer.writeU32(head.synchronizers.length);
  writer.writeU32(name.length);
  for (const id of head.synchronizers) writer.writeU32(id);
  writer.writeBytes(name);
}

/** Reads a SPAWN. The sizes in it are checked before anything is allocated. */
export function readSpawn(packet: Uint8Array): SpawnPacket | Failure {
  if (packet.length < IDS_AT) return badPacket(`${packet.length} bytes are too few for a SPAWN`);
  const count = readUint32(packet, COUNT_AT);
  const nameSize = readUint32(packet, NAME_SIZE_AT);
  const nameStart = IDS_AT + 4 * count;
  const nameEnd = nameStart + nameSize;
  if (nameSize === 0 || nameEnd > packet.length) return badPacket('a SPAWN is shorter than the sizes in it');
  const netId = readUint32(packet, NET_ID_AT);
  const synchronizers: number[] = [];
  for (let at = IDS_AT; at < nameStart; at += 4) synchronizers.push(readUint32(packet, at));
  if (netId === 0 || netId > LARGEST_NET_ID || synchronizers.includes(0))
    return badPacket('a SPAWN has a net id that is none');
  const name = textOf(packet, nameStart, nameEnd);
  if (name === null) return badPacket('the name in a SPAWN is not UTF-8 that ends with a zero');
  const scene = packet[SCENE_AT]!;
  let argumentStart = nameEnd;
  let argumentEnd = nameEnd;
  if (scene === CUSTOM_SPAWN) {
    argumentStart += 4;
    if (argumentStart > packet.length) return badPacket('the argument of a SPAWN is missing');
    argumentEnd = argumentStart + readUint32(packet, nameEnd);
    if (argumentEnd > packet.length) return badPacket('the argument of a SPAWN is cut off');
  }
  const spawner = readUint32(packet, SPAWNER_AT);
  return { scene, spawner, netId, synchronizers, name, argumentStart, argumentEnd, stateStart: argumentEnd };
}

export function despawnPacket(netId: number): Uint8Array<ArrayBuffer> {
  const packet = new Uint8Array(DESPAWN_SIZE);
  packet[0] = Command.DESPAWN;
  new DataView(packet.buffer).setUint32(NET_ID_OF_DESPAWN_AT, netId, true);
  return packet;
}

/** The net id in a DESPAWN. */
export function readDespawn(packet: Uint8Array): number | Failure {
  if (packet.length !== DESPAWN_SIZE) return badPacket(`a DESPAWN has ${packet.length} bytes`);
  return readUint32(packet, NET_ID_OF_DESPAWN_AT);
}

/** The text from `start` to its zero, which is the last byte before `end`; null for anything else. */
function textOf(packet: Uint8Array, start: number, end: number): string | null {
  if (packet.indexOf(0, start) !== end - 1) return null;
  try {
    return fromUtf8.decode(packet.subarray(start, end - 1));
  } catch {
    return null; // not UTF-8
  }
}

/** A copy of a SPAWN in which path numbers are `offset` larger. */
export function shiftSpawn(packet: Uint8Array, { spawner, synchronizers }: SpawnHead, offset: number): Uint8Array {
  const copy = packet.slice();
  const view = new DataView(copy.buffer);
  view.setUint32(SPAWNER_AT, spawner + offset, true);
  for (const [index, id] of synchronizers.entries()) {
    if (id > LARGEST_NET_ID) view.setUint32(IDS_AT + 4 * index, id + offset, true);
  }
  return copy;
}
