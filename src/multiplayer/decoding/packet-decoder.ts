import { type Failure, isFailure } from '../../failure.ts';
import type { Variant } from '../../variant/index.ts';
import { join, resolve } from '../nodes/node-path.ts';
import { badPacket } from '../wire/bad-packet.ts';
import { Command, commandOf } from '../wire/command.ts';
import { readIdMessage } from '../wire/id-message.ts';
import { readConfirmation, readIntroduction, readPath } from '../wire/path-packet.ts';
import { rawPayload } from '../wire/raw-packet.ts';
import { CallHeader, readCallHeader } from '../wire/rpc-packet.ts';
import { CUSTOM_SPAWN, readDespawn, readSpawn, type SpawnPacket } from '../wire/spawn-packet.ts';
import { isDelta, isInMask, isPathNetId, MOST_WATCHED, pathNumberOf, StateReader } from '../wire/state-packet.ts';
import {
  authData,
  hasSysId,
  isSysPacket,
  relayedPacket,
  SysCommand,
  sysCommandOf,
  sysIdOf,
} from '../wire/sys-packet.ts';
import { type DeclaredNames, NameTables, type PropertyNames } from './declared-names.ts';
import type { DecodedPacket, DecodedState, PacketContent, PacketDirection } from './decoded-packet.ts';
import { KnownObjects } from './known-objects.ts';
import { packetText } from './packet-text.ts';
import { ValueReader, withNames } from './value-reader.ts';

const SERVER = 1;
const LONGEST_TEXT = 300;
const MOST_BYTES = 8 * 1024 * 1024;

/** Options of a `PacketDecoder`. */
export interface PacketDecoderOptions extends DeclaredNames {
  /** Which end this is: what it sends is `'sent'`. Default: `'client'`. */
  readonly role?: 'client' | 'server';
  /**
   * The client's id, when the packets do not begin with the id message. Without it, the first packet of the server is taken
   * for the id message if it can be one.
   */
  readonly clientId?: number;
  /** The most characters of arguments and values in `text`, about. Default: 300. */
  readonly longestText?: number;
  /** Bytes that the paths and spawned nodes of earlier packets may take, about; then the oldest are forgotten. Default: 8 MiB. */
  readonly mostBytes?: number;
  /**
   * The path of a number that was introduced before the decoder saw the connection; undefined when it is not known. `from`:
   * the peer that has given the number.
   */
  readonly pathOf?: (from: number, number: number) => string | undefined;
}

/** A node that was given a number. */
interface KnownPath {
  readonly path: string;
  readonly checksum: string | null;
}

/** A spawned node, or one of its synchronizers. */
interface KnownNode {
  readonly node: string;
  /** Of a synchronizer that is declared. */
  readonly names: PropertyNames | null;
  /** Of a spawned node: the net ids of its synchronizers. */
  readonly synchronizers: readonly number[];
}

/** Who made a packet, and for whom. */
interface Route {
  readonly direction: PacketDirection;
  readonly from: number | null;
  readonly to: number | null;
}

/**
 * Describes the packets of one connection of Godot's multiplayer (docs/engine/multiplayer-wire.md). It remembers the paths
 * and the spawned nodes that earlier packets have introduced, so give it every packet, of both directions, in their order.
 *
 * ```ts
 * const decoder = new PacketDecoder({ nodes: { Main: ['move', 'ping', 'shout'] } });
 * const packet = decoder.decode(bytes, 'received');
 * if (packet.kind === 'rpc') console.log(packet.path, packet.name, packet.arguments);
 * else console.log(packet.text);
 * ```
 */
export class PacketDecoder {
  readonly #role: 'client' | 'server';
  readonly #longestText: number;
  readonly #names: NameTables;
  readonly #paths: KnownObjects<KnownPath>;
  readonly #nodes: KnownObjects<KnownNode>;
  readonly #pathOf: ((from: number, number: number) => string | undefined) | null;
  readonly #values = new ValueReader();
  readonly #blocks = new StateReader();
  readonly #header = new CallHeader();
  #clientId: number | null;
  #awaitsId: boolean;

  /** Throws `TypeError` for declared names that have another form. */
  constructor(options: PacketDecoderOptions = {}) {
    const { role = 'client', clientId = null, longestText = LONGEST_TEXT, mostBytes = MOST_BYTES } = options;
    this.#role = role;
    this.#longestText = longestText;
    this.#names = new NameTables(options);
    this.#paths = new KnownObjects(mostBytes / 2);
    this.#nodes = new KnownObjects(mostBytes / 2);
    this.#pathOf = options.pathOf ?? null;
    this.#clientId = clientId;
    this.#awaitsId = clientId === null;
  }

  /** The client's id; null as long as it is not known. */
  get clientId(): number | null {
    return this.#clientId;
  }

  /** Describes the next packet, which is the content of a WebSocket message. Keeps nothing of `bytes`, and never throws. */
  decode(bytes: Uint8Array, direction: PacketDirection): DecodedPacket {
    const isFromServer = (direction === 'sent') === (this.#role === 'server');
    if (isFromServer && this.#awaitsId) {
      this.#awaitsId = false;
      const id = readIdMessage(bytes);
      if (id !== null) {
        this.#clientId = id;
        return this.#finish({ direction, from: SERVER, to: id }, bytes, { kind: 'id-assignment', id });
      }
    }
    const [from, to] = isFromServer ? [SERVER, this.#clientId] : [this.#clientId, SERVER];
    const route = { direction, from, to };
    // The views of the wire's readers are on memory that is not shared.
    const packet = new Uint8Array(bytes);
    return this.#finish(route, packet, this.#contentOf(route, packet, isFromServer));
  }

  #contentOf(route: Route, packet: Uint8Array<ArrayBuffer>, isFromServer: boolean): PacketContent {
    if (packet.length === 0) return unreadable(packet, 'it is empty');
    if (!isSysPacket(packet)) return this.#dispatch(route, packet);
    const command = sysCommandOf(packet);
    if (command === SysCommand.AUTH) return { kind: 'auth', data: authData(packet) };
    if (!hasSysId(packet)) return unreadable(packet, `${packet.length} bytes are too few for a system packet`);
    const id = sysIdOf(packet);
    if (command === SysCommand.ADD_PEER) return { kind: 'sys-add-peer', id };
    if (command === SysCommand.DEL_PEER) return { kind: 'sys-del-peer', id };
    if (command !== SysCommand.RELAY) return unreadable(packet, `the system command ${command} is unknown`);
    const inner = relayedPacket(packet);
    if (inner.length === 0 || isSysPacket(inner))
      return unreadable(packet, 'a relayed packet is empty, or a system packet');
    const [source, destination] = isFromServer ? [id, null] : [null, id];
    const through: Route = {
      direction: route.direction,
      from: isFromServer ? id : route.from,
      to: isFromServer ? route.to : id > 0 ? id : null,
    };
    const relayed = this.#finish(through, inner, this.#dispatch(through, inner));
    return { kind: 'relay', source, destination, packet: relayed };
  }

  #dispatch(route: Route, packet: Uint8Array<ArrayBuffer>): PacketContent {
    const content = this.#read(route, packet);
    return isFailure(content) ? unreadable(packet, content.message) : content;
  }

  #read(route: Route, packet: Uint8Array<ArrayBuffer>): PacketContent | Failure {
    switch (commandOf(packet)) {
      case Command.REMOTE_CALL:
        return this.#readCall(route, packet);
      case Command.SIMPLIFY_PATH:
        return this.#readIntroduction(route, packet);
      case Command.CONFIRM_PATH:
        return this.#readConfirmation(route, packet);
      case Command.RAW: {
        const data = rawPayload(packet);
        return data.length === 0 ? badPacket('a packet of bytes has none') : { kind: 'raw', data };
      }
      case Command.SPAWN:
        return this.#readSpawn(route, packet);
      case Command.DESPAWN:
        return this.#readDespawn(route, packet);
      case Command.SYNC:
        return this.#readState(route, packet);
      case Command.SYS:
        return badPacket('a system packet is not relayed'); // not reached
    }
  }

  #readCall({ from }: Route, packet: Uint8Array): PacketContent | Failure {
    const header = this.#header;
    const failure = readCallHeader(packet, header);
    if (failure !== null) return failure;
    const { pathStart, argumentsStart, argumentsEnd, isRaw, method } = header;
    const path = pathStart < 0 ? null : readPath(packet, pathStart);
    if (pathStart >= 0 && path === null) return badPacket('the path of a call is not UTF-8');
    const known = path === null ? this.#knownPath(from, header.node) : this.#paths.get(pathKey(from, path));
    const node = path === null ? header.node : null;
    const args = isRaw
      ? rawArguments(packet.slice(argumentsStart, argumentsEnd))
      : this.#readArguments(packet, argumentsStart, argumentsEnd);
    const name = this.#names.methodName(path ?? known?.path ?? null, known?.checksum ?? null, method);
    if (isFailure(args)) return args;
    return { kind: 'rpc', path: path ?? known?.path ?? null, node, method, name, arguments: args };
  }

  #readArguments(packet: Uint8Array, start: number, end: number): Variant[] | Failure {
    if (start >= end) return badPacket('the count of the arguments is missing');
    const values = this.#values.read(packet, start + 1, end);
    if (isFailure(values)) return values;
    const count = packet[start]!;
    if (values.length !== count) return badPacket(`a call has ${count} arguments, and bytes of ${values.length}`);
    return values.map(({ value }) => value);
  }

  #readIntroduction({ from }: Route, packet: Uint8Array): PacketContent | Failure {
    const found = readIntroduction(packet);
    if (isFailure(found)) return found;
    const { md5: checksum, number, pathStart } = found;
    const path = readPath(packet, pathStart);
    if (path === null) return badPacket('the path of a node is not UTF-8');
    const known = { path, checksum };
    this.#paths.set(numberKey(from, number), known, path.length);
    this.#paths.set(pathKey(from, path), known, 0);
    const declared = this.#names.checksumOf(path);
    return {
      kind: 'simplify-path',
      number,
      path,
      checksum,
      isAsDeclared: declared === null ? null : declared === checksum,
    };
  }

  #readConfirmation({ to }: Route, packet: Uint8Array): PacketContent | Failure {
    const found = readConfirmation(packet);
    if (isFailure(found)) return found;
    const { number, isEqual } = found;
    // The number is one of the peer that gets the confirmation.
    return { kind: 'confirm-path', number, path: this.#knownPath(to, number)?.path ?? null, isEqual };
  }

  #readSpawn({ from }: Route, packet: Uint8Array): PacketContent | Failure {
    const spawn = readSpawn(packet);
    if (isFailure(spawn)) return spawn;
    const { scene, spawner, netId, name, synchronizers, argumentStart, argumentEnd, stateStart } = spawn;
    const isCustom = scene === CUSTOM_SPAWN;
    const args = this.#values.read(packet, argumentStart, argumentEnd);
    if (isFailure(args)) return args;
    if (args.length !== (isCustom ? 1 : 0)) return badPacket(`a SPAWN has ${args.length} arguments`);
    const values = this.#values.read(packet, stateStart, packet.length);
    if (isFailure(values)) return values;
    const spawnerPath = this.#knownPath(from, spawner)?.path ?? null;
    const { node, parts, others } = this.#place(spawnerPath, spawn);
    this.#nodes.set(
      numberKey(from, netId),
      { node, names: null, synchronizers },
      node.length + 8 * synchronizers.length,
    );
    for (const [index, id] of synchronizers.entries()) {
      const names = parts[index] ?? null;
      const path = names === null ? node : join(node, names.path);
      this.#nodes.set(numberKey(from, id), { node: path, names, synchronizers: [] }, path.length);
    }
    for (const names of others) {
      const path = join(node, names.path);
      this.#nodes.set(pathKey(null, path), { node: path, names, synchronizers: [] }, path.length);
    }
    const spawned = parts.flatMap((names) => names.spawned);
    return {
      kind: 'spawn',
      spawner,
      spawnerPath,
      scene: isCustom ? null : scene,
      netId,
      name,
      node,
      synchronizers,
      argument: args[0]?.value,
      values: withNames(values, spawned),
    };
  }

  /**
   * Where a spawned node is; the declarations of the synchronizers whose net ids are in the SPAWN; and those of the others,
   * which have another authority: it introduces them by their paths.
   */
  #place(
    spawnerPath: string | null,
    { scene, name, synchronizers }: SpawnPacket,
  ): { node: string; parts: readonly PropertyNames[]; others: readonly PropertyNames[] } {
    const rule = spawnerPath === null ? null : this.#names.spawner(spawnerPath);
    if (spawnerPath === null || rule === null) return { node: name, parts: [], others: [] };
    const parent = parentOf(spawnerPath, rule.spawnPath);
    const all = (scene === CUSTOM_SPAWN ? rule.custom : rule.scenes[scene]) ?? [];
    const following = all.filter(({ followsScene }) => followsScene);
    const parts: readonly PropertyNames[] =
      [following, all].find(({ length }) => length === synchronizers.length) ?? [];
    const others = parent === null ? [] : all.filter((names) => !parts.includes(names));
    return { node: parent === null ? name : join(parent, name), parts, others };
  }

  #readDespawn({ from }: Route, packet: Uint8Array): PacketContent | Failure {
    const netId = readDespawn(packet);
    if (isFailure(netId)) return netId;
    const key = numberKey(from, netId);
    const known = this.#nodes.get(key);
    this.#nodes.delete(key);
    for (const id of known?.synchronizers ?? []) this.#nodes.delete(numberKey(from, id));
    return { kind: 'despawn', netId, node: known?.node ?? null };
  }

  #readState({ from }: Route, packet: Uint8Array): PacketContent | Failure {
    const blocks = this.#blocks;
    const isChange = isDelta(packet);
    const states: DecodedState[] = [];
    let outcome: boolean | Failure = blocks.begin(packet) ?? true;
    while (outcome === true) {
      outcome = blocks.next();
      if (outcome !== true) break;
      const state = this.#readBlock(from, packet, isChange);
      if (isFailure(state)) return state;
      states.push(state);
    }
    if (isFailure(outcome)) return outcome;
    return isChange ? { kind: 'delta', states } : { kind: 'sync', time: blocks.time, states };
  }

  #readBlock(from: number | null, packet: Uint8Array, isChange: boolean): DecodedState | Failure {
    const { netId, low, high, start, end } = this.#blocks;
    const values = this.#values.read(packet, start, end);
    if (isFailure(values)) return values;
    const known = this.#synchronizer(from, netId);
    const names = known?.names ?? null;
    const size = end - start + (isChange ? 16 : 8);
    const node = known?.node ?? null;
    if (!isChange) return { netId, node, values: withNames(values, names?.always ?? []), size };
    const changed: (string | null)[] = [];
    for (let index = 0; index < MOST_WATCHED; index++) {
      if (isInMask(index, low, high)) changed.push(names?.watched[index] ?? null);
    }
    if (changed.length !== values.length)
      return badPacket(`a DELTA says that ${changed.length} properties changed, and has ${values.length} values`);
    return { netId, node, values: withNames(values, changed), size };
  }

  #synchronizer(from: number | null, netId: number): Pick<KnownNode, 'node' | 'names'> | null {
    if (!isPathNetId(netId)) return this.#nodes.get(numberKey(from, netId)) ?? null;
    const path = this.#knownPath(from, pathNumberOf(netId))?.path;
    if (path === undefined) return null;
    return { node: path, names: this.#names.synchronizer(path) ?? this.#nodes.get(pathKey(null, path))?.names ?? null };
  }

  #knownPath(from: number | null, number: number): KnownPath | undefined {
    const known = this.#paths.get(numberKey(from, number));
    if (known !== undefined || this.#pathOf === null || from === null) return known;
    const path = this.#pathOf(from, number);
    return path === undefined ? undefined : { path, checksum: null };
  }

  #finish(route: Route, packet: Uint8Array, content: PacketContent): DecodedPacket {
    const text = packetText(content, this.#longestText);
    return { ...content, ...route, size: packet.length, text };
  }
}

function unreadable(data: Uint8Array, reason: string): PacketContent {
  return { kind: 'unreadable', reason, data };
}

/** The short form of a call: no arguments, or a PackedByteArray. */
function rawArguments(bytes: Uint8Array): Variant[] {
  return bytes.length === 0 ? [] : [bytes];
}

/** The node whose children a spawner makes; null when that is not declared, or leads out of the root. */
function parentOf(spawner: string, spawnPath: string | null): string | null {
  if (spawnPath === null) return null;
  try {
    return resolve(spawner, spawnPath);
  } catch {
    return null; // the path of the spawner is from a packet
  }
}

function numberKey(from: number | null, number: number): string {
  return `${from}/${number}`;
}

function pathKey(from: number | null, path: string): string {
  return `${from}:${path}`;
}
