import { isFailure } from '../../failure.ts';
import { Command, commandOf } from '../wire/command.ts';
import { confirmPathPacket, readConfirmation, readIntroduction, withNumber } from '../wire/path-packet.ts';
import { shiftCall } from '../wire/rpc-packet.ts';
import { despawnPacket, readDespawn, readSpawn, shiftSpawn } from '../wire/spawn-packet.ts';
import { isSync, shiftState } from '../wire/state-packet.ts';

/** No number of a client may come above this: of net ids, the bit above marks path numbers. */
const LARGEST_NUMBER = 0x7fff_ffff;

/** What the other clients know of one, over all of its connections. */
interface Known {
  /** What is added to its numbers, and to the times of its SYNCs. 0 on its first connection. */
  offset: number;
  later: number;
  /** Its largest number, and its last time, as the others know them. */
  largest: number;
  lastTime: number;
  /** The net ids of the nodes that it has spawned, by receiver, in their order. */
  readonly spawned: Map<number, Set<number>>;
}

/**
 * Changes what clients send each other through the server once one of them has come back. Its engine counts its numbers of paths and its times
 * from 1 again, and the others, for which it was never gone, know the earlier ones: they take a number only once, and a SYNC only if it
 * is later than the last.
 */
export class Renumbering {
  readonly #mostSpawned: number;
  readonly #known = new Map<number, Known>();

  /** `mostSpawned`: how many nodes of one client are remembered for each receiver. */
  constructor(mostSpawned: number) {
    this.#mostSpawned = mostSpawned;
  }

  /** The packet as `from` sends it to others. Null for one that they are not sent. */
  outgoing(from: number, receivers: readonly number[], packet: Uint8Array): Uint8Array | null {
    if (packet.length === 0) return packet;
    const known = this.#of(from);
    const { offset } = known;
    switch (commandOf(packet)) {
      case Command.REMOTE_CALL:
        return offset === 0 ? packet : shiftCall(packet, offset);
      case Command.SIMPLIFY_PATH:
        return introduced(known, packet);
      case Command.SPAWN:
        return this.#spawned(known, receivers, packet);
      case Command.DESPAWN: {
        const netId = readDespawn(packet);
        if (!isFailure(netId)) for (const id of receivers) known.spawned.get(id)?.delete(netId);
        return packet;
      }
      case Command.SYNC:
        return stated(known, packet);
      default:
        return packet;
    }
  }

  /** A CONFIRM_PATH as `to`, which has come back, knows the number. Null for one of an earlier connection. */
  confirmation(to: number, packet: Uint8Array): Uint8Array | null {
    const offset = this.#known.get(to)?.offset ?? 0;
    if (offset === 0) return packet;
    const confirmed = readConfirmation(packet);
    if (isFailure(confirmed) || confirmed.number <= offset) return null;
    return confirmPathPacket(confirmed.isEqual, confirmed.number - offset);
  }

  /**
   * `id` has come back. Returns the packets by which its nodes leave at the others: its game spawns them again, if it still has them.
   */
  restart(id: number): (readonly [receiver: number, packet: Uint8Array<ArrayBuffer>])[] {
    const known = this.#known.get(id);
    for (const { spawned } of this.#known.values()) spawned.delete(id);
    if (known === undefined) return [];
    known.offset = known.largest;
    known.later = known.lastTime;
    const despawns: (readonly [number, Uint8Array<ArrayBuffer>])[] = [];
    for (const [receiver, netIds] of known.spawned) {
      for (const netId of [...netIds].reverse()) despawns.push([receiver, despawnPacket(netId)]);
    }
    known.spawned.clear();
    return despawns;
  }

  /** A client is gone for good. */
  forget(id: number): void {
    this.#known.delete(id);
    for (const { spawned } of this.#known.values()) spawned.delete(id);
  }

  clear(): void {
    this.#known.clear();
  }

  #spawned(known: Known, receivers: readonly number[], packet: Uint8Array): Uint8Array | null {
    const spawn = readSpawn(packet);
    if (isFailure(spawn)) return packet;
    if (spawn.spawner > LARGEST_NUMBER - known.offset) return null;
    for (const id of receivers) {
      const netIds = known.spawned.get(id) ?? new Set<number>();
      known.spawned.set(id, netIds);
      if (netIds.size < this.#mostSpawned) netIds.add(spawn.netId);
    }
    return known.offset === 0 ? packet : shiftSpawn(packet, spawn, known.offset);
  }

  #of(id: number): Known {
    const known = this.#known.get(id) ?? { offset: 0, later: 0, largest: 0, lastTime: 0, spawned: new Map() };
    this.#known.set(id, known);
    return known;
  }
}

function introduced(known: Known, packet: Uint8Array): Uint8Array | null {
  const read = readIntroduction(packet);
  if (isFailure(read)) return packet;
  // Never of the engine, which counts.
  if (read.number > LARGEST_NUMBER - known.offset) return null;
  const number = read.number + known.offset;
  known.largest = Math.max(known.largest, number);
  return known.offset === 0 ? packet : withNumber(packet, number);
}

function stated(known: Known, packet: Uint8Array): Uint8Array | null {
  const shifted = known.offset === 0 && known.later === 0 ? packet : shiftState(packet, known.offset, known.later);
  if (shifted !== null && shifted.length > 2 && isSync(shifted)) known.lastTime = shifted[1]! | (shifted[2]! << 8);
  return shifted;
}
