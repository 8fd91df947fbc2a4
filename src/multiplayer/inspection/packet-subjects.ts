import { isFailure } from '../../failure.ts';
import type { MultiplayerSynchronizer } from '../nodes/multiplayer-synchronizer.ts';
import { join } from '../nodes/node-path.ts';
import { readConverted } from '../rpc/argument-conversion.ts';
import type { DeclaredNode } from '../rpc/node-registry.ts';
import type { SceneParts } from '../scene/scene-parts.ts';
import { Command, commandOf, readUint32 } from '../wire/command.ts';
import { CompressedReader } from '../wire/compressed-variant.ts';
import { readIntroduction, readPath } from '../wire/path-packet.ts';
import { CallHeader, readCallHeader } from '../wire/rpc-packet.ts';
import { isDelta, isInMask, isPathNetId, pathNumberOf, StateReader } from '../wire/state-packet.ts';
import { hasSysId, isSysPacket, relayedPacket, SysCommand, sysCommandOf, sysIdOf } from '../wire/sys-packet.ts';

/** What a packet, or a part of one, is about. */
export type SubjectKind = 'call' | 'property' | 'state' | 'spawn' | 'path' | 'raw' | 'system';

/** Called for each part of a packet; the sizes of all parts are that of the packet. `path` is empty where there is no node. */
export type SubjectSink = (kind: SubjectKind, path: string, member: string, bytes: number) => void;

const SPAWNER_AT = 2;
const LEAST_SPAWN = 6;
const UNKNOWN = '(unknown node)';
const ROOT = '.';
/** Numbers of one client that are kept because it has introduced them to other clients only. */
const MOST_RELAYED = 256;
const LONGEST_RELAYED = 200;

/** Where a synchronizer is, and the node to which the paths of its properties are relative. */
interface Place {
  readonly path: string;
  readonly root: string;
}

/**
 * Says which node, method and property the bytes of a packet are for, by what the multiplayer knows when it is sent or received. It
 * only looks: nothing is changed, and a packet that cannot be read is a subject of its own.
 */
export class PacketSubjects {
  readonly #parts: SceneParts;
  readonly #header = new CallHeader();
  readonly #blocks = new StateReader();
  readonly #reader = new CompressedReader(readConverted);
  /** The synchronizers of this side by their net ids, as of the last time that one was missing. */
  readonly #own = new Map<number, MultiplayerSynchronizer>();
  /** Net ids that were missing since `refresh`: the map is not made again for each of them. */
  #hasLooked = false;
  /** The paths of synchronizers, as of the last `refresh`: making them takes longer than reading a value. */
  readonly #places = new Map<MultiplayerSynchronizer, Place>();
  /** What clients have introduced to each other, by their ids and numbers. */
  readonly #relayed = new Map<number, Map<number, DeclaredNode>>();

  constructor(parts: SceneParts) {
    this.#parts = parts;
  }

  /** From time to time: nodes may have got net ids or other paths, and peers may have left. */
  refresh(): void {
    this.#own.clear();
    this.#places.clear();
    this.#hasLooked = false;
    for (const id of this.#relayed.keys()) if (!this.#parts.members.peers.has(id)) this.#relayed.delete(id);
  }

  /** Describes a packet of the peer `from`; 0 for one of this side. Returns how many parts it has. */
  describe(from: number, packet: Uint8Array, sink: SubjectSink): number {
    if (!isSysPacket(packet)) return this.#describe(from, packet, sink);
    if (sysCommandOf(packet) === SysCommand.RELAY && hasSysId(packet)) {
      const inner = relayedPacket(packet);
      if (inner.length > 0 && !isSysPacket(inner)) {
        sink('system', '', 'headers of relayed packets', packet.length - inner.length);
        // The client that has made it.
        const source = from === 0 ? sysIdOf(packet) : from;
        if (from !== 0 && commandOf(inner) === Command.SIMPLIFY_PATH) this.#learn(from, inner);
        return 1 + this.#describe(source, inner, sink);
      }
    }
    sink('system', '', systemName(packet), packet.length);
    return 1;
  }

  #describe(from: number, packet: Uint8Array, sink: SubjectSink): number {
    if (packet.length === 0) return 0;
    const size = packet.length;
    switch (commandOf(packet)) {
      case Command.REMOTE_CALL:
        this.#call(from, packet, sink);
        return 1;
      case Command.SYNC:
        return this.#state(from, packet, sink);
      case Command.SIMPLIFY_PATH:
        sink('path', this.#introducedPath(packet), 'path', size);
        return 1;
      case Command.CONFIRM_PATH:
        sink('path', '', 'confirmations', size);
        return 1;
      case Command.SPAWN:
        sink('spawn', this.#spawnerPath(from, packet), 'spawn', size);
        return 1;
      case Command.DESPAWN:
        sink('spawn', '', 'despawn', size);
        return 1;
      case Command.RAW:
        sink('raw', '', 'bytes', size);
        return 1;
      case Command.SYS: // not reached: SYS packets are described before
        return 0;
    }
  }

  #call(from: number, packet: Uint8Array, sink: SubjectSink): void {
    const header = this.#header;
    if (readCallHeader(packet, header) !== null) {
      sink('call', UNKNOWN, 'not a call', packet.length);
      return;
    }
    const { node: number, pathStart, method } = header;
    const node = pathStart >= 0 ? this.#known(readPath(packet, pathStart)) : this.#numbered(from, number);
    sink('call', node?.path ?? UNKNOWN, node?.table.byId(method)?.name ?? 'unknown method', packet.length);
  }

  /** The node that `from`, 0 for this side, has given a number. */
  #numbered(from: number, number: number): DeclaredNode | undefined {
    const { paths } = this.#parts;
    if (from === 0) return this.#known(paths.toldPathOf(number));
    return paths.seenNodeOf(from, number) ?? this.#relayed.get(from)?.get(number);
  }

  /** A client introduces a path to others, by which they call each other. */
  #learn(from: number, packet: Uint8Array): void {
    const introduction = readIntroduction(packet);
    if (isFailure(introduction)) return;
    const node = this.#known(readPath(packet, introduction.pathStart));
    if (node === undefined || node.path.length > LONGEST_RELAYED) return;
    const numbers = this.#relayed.get(from) ?? new Map<number, DeclaredNode>();
    this.#relayed.set(from, numbers);
    if (numbers.size < MOST_RELAYED || numbers.has(introduction.number)) numbers.set(introduction.number, node);
  }

  /** The node at a path, of those that this side knows. */
  #known(path: string | null): DeclaredNode | undefined {
    if (path === null) return undefined;
    return this.#parts.registry.find(path) ?? this.#parts.replication.find(path);
  }

  #introducedPath(packet: Uint8Array): string {
    const introduction = readIntroduction(packet);
    if (isFailure(introduction)) return UNKNOWN;
    const path = readPath(packet, introduction.pathStart);
    // Every game has the root: it is introduced to be confirmed, for sleeping tabs and moves between rooms.
    return path === ROOT ? ROOT : (this.#known(path)?.path ?? UNKNOWN);
  }

  #spawnerPath(from: number, packet: Uint8Array): string {
    if (packet.length < LEAST_SPAWN) return UNKNOWN;
    return this.#numbered(from, readUint32(packet, SPAWNER_AT))?.path ?? UNKNOWN;
  }

  /** A SYNC or a DELTA: each value for itself, and the rest of each block and of the packet as `headers`. */
  #state(from: number, packet: Uint8Array, sink: SubjectSink): number {
    const blocks = this.#blocks;
    const isChange = isDelta(packet);
    const name = isChange ? 'headers of changes' : 'headers of states';
    let described = 0;
    let parts = 0;
    let hasNext: unknown = blocks.begin(packet) ?? true;
    while (hasNext === true) {
      hasNext = blocks.next();
      if (hasNext !== true) break;
      const { netId, end } = blocks;
      const node = this.#synchronizer(from, netId);
      // The first block has the header of the packet as well.
      const whole = end - described;
      described = end;
      const place = node?.isInsideTree() === true ? this.#placeOf(node) : null;
      parts++;
      let read = 0;
      if (node !== undefined && place !== null) {
        const values = this.#values(node, place.root, packet, isChange, sink);
        read = values.bytes;
        parts += values.count;
      }
      sink('state', place?.path ?? UNKNOWN, name, whole - read);
    }
    if (described < packet.length) sink('state', UNKNOWN, name, packet.length - described);
    return parts + 1;
  }

  /** The values of the present block. */
  #values(
    node: MultiplayerSynchronizer,
    root: string,
    packet: Uint8Array,
    isChange: boolean,
    sink: SubjectSink,
  ): Measured {
    const { start, end, low, high } = this.#blocks;
    const { always, watched } = node.layout;
    const { values } = node.instance;
    const reader = this.#reader;
    reader.begin(packet, start, end, false);
    let count = 0;
    let at = start;
    const slots = isChange ? watched : always;
    for (let index = 0; index < slots.length; index++) {
      if (isChange && !isInMask(index, low, high)) continue;
      const slot = slots[index]!;
      reader.read(values.schemaOf(slot));
      if (reader.failure !== null) break;
      sink('property', root, values.labelOf(slot), reader.at - at);
      at = reader.at;
      count++;
    }
    return { bytes: at - start, count };
  }

  #placeOf(node: MultiplayerSynchronizer): Place {
    let place = this.#places.get(node);
    if (place === undefined) {
      place = { path: node.getPath(), root: join(node.instance.path ?? '.', node.layout.root) };
      this.#places.set(node, place);
    }
    return place;
  }

  #synchronizer(from: number, netId: number): MultiplayerSynchronizer | undefined {
    const { tree, receiver } = this.#parts.replication;
    if (from === 0) {
      const own = this.#ownBy(netId);
      if (own !== undefined) return own;
    }
    if (!isPathNetId(netId)) return from === 0 ? undefined : receiver.synchronizerOf(from, netId);
    return tree.synchronizers.get(this.#numbered(from, pathNumberOf(netId))?.path ?? '');
  }

  #ownBy(netId: number): MultiplayerSynchronizer | undefined {
    const known = this.#own.get(netId);
    if (known !== undefined || this.#hasLooked) return known;
    this.#hasLooked = true;
    for (const [node, state] of this.#parts.replication.states) if (state.netId !== 0) this.#own.set(state.netId, node);
    return this.#own.get(netId);
  }
}

/** Values of a block: how many there are, and their bytes. */
interface Measured {
  readonly bytes: number;
  readonly count: number;
}

function systemName(packet: Uint8Array): string {
  const command = packet.length > 1 ? sysCommandOf(packet) : null;
  switch (command) {
    case SysCommand.AUTH:
      return 'authentication';
    case SysCommand.RELAY:
      return 'relayed';
    default:
      return 'joins and leaves';
  }
}
