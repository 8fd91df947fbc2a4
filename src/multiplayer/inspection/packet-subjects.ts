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
import { isDelta, isInMask, StateReader } from '../wire/state-packet.ts';
import { SysCommand, sysCommandOf } from '../wire/sys-packet.ts';

/** What a packet, or a part of one, is about. */
export type SubjectKind = 'call' | 'property' | 'state' | 'spawn' | 'path' | 'raw' | 'system';

/** Called for each part of a packet; the sizes of all parts are that of the packet. `path` is empty where there is no node. */
export type SubjectSink = (kind: SubjectKind, path: string, member: string, bytes: number) => void;

const SPAWNER_AT = 2;
const LEAST_SPAWN = 6;
const UNKNOWN = '(unknown node)';

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

  constructor(parts: SceneParts) {
    this.#parts = parts;
  }

  /** From time to time: nodes may have got net ids, or others. */
  refresh(): void {
    this.#own.clear();
    this.#hasLooked = false;
  }

  /** Describes a packet of the peer `from`; 0 for one of this side. Returns how many parts it has. */
  describe(from: number, packet: Uint8Array, sink: SubjectSink): number {
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
      case Command.SYS:
        sink('system', '', systemName(packet), size);
        return 1;
    }
  }

  #call(from: number, packet: Uint8Array, sink: SubjectSink): void {
    const header = this.#header;
    if (readCallHeader(packet, header) !== null) {
      sink('call', UNKNOWN, 'not a call', packet.length);
      return;
    }
    const { node: number, pathStart, method } = header;
    let node: DeclaredNode | undefined;
    if (pathStart >= 0) node = this.#declared(readPath(packet, pathStart));
    else if (from === 0) node = this.#declared(this.#parts.paths.pathOf(number));
    else node = this.#parts.paths.nodeOf(from, number);
    sink('call', node?.path ?? UNKNOWN, node?.table.byId(method)?.name ?? `method ${method}`, packet.length);
  }

  #declared(path: unknown): DeclaredNode | undefined {
    return typeof path === 'string' ? this.#parts.registry.find(path) : undefined;
  }

  #introducedPath(packet: Uint8Array): string {
    const introduction = readIntroduction(packet);
    if (isFailure(introduction)) return UNKNOWN;
    const path = readPath(packet, introduction.pathStart);
    const node = this.#declared(path) ?? (typeof path === 'string' ? this.#parts.replication.find(path) : undefined);
    return node?.path ?? UNKNOWN;
  }

  #spawnerPath(from: number, packet: Uint8Array): string {
    if (packet.length < LEAST_SPAWN) return UNKNOWN;
    const number = readUint32(packet, SPAWNER_AT);
    const { paths } = this.#parts;
    return (from === 0 ? paths.pathOf(number) : paths.nodeOf(from, number)?.path) || UNKNOWN;
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
      const node = from === 0 ? this.#ownBy(netId) : this.#parts.replication.receiver.synchronizerOf(from, netId);
      // The first block has the header of the packet as well.
      const whole = end - described;
      described = end;
      const path = node?.isInsideTree() === true ? node.getPath() : UNKNOWN;
      parts++;
      let read = 0;
      if (node !== undefined && path !== UNKNOWN) {
        const values = this.#values(node, packet, isChange, sink);
        read = values.bytes;
        parts += values.count;
      }
      sink('state', path, name, whole - read);
    }
    if (described < packet.length) sink('state', UNKNOWN, name, packet.length - described);
    return parts + 1;
  }

  /** The values of the present block. */
  #values(node: MultiplayerSynchronizer, packet: Uint8Array, isChange: boolean, sink: SubjectSink): Measured {
    const { start, end, low, high } = this.#blocks;
    const { always, watched, root } = node.layout;
    const { values } = node.instance;
    const place = join(node.instance.path ?? '.', root);
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
      sink('property', place, values.labelOf(slot), reader.at - at);
      at = reader.at;
      count++;
    }
    return { bytes: at - start, count };
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
