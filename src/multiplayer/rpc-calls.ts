import { ErrorCode } from '../error-code.ts';
import type { Failure } from '../failure.ts';
import { VariantWriter } from '../variant/index.ts';
import type { Authorities } from './authority.ts';
import { confirmPathPacket, readUint32, simplifyPathPacket } from './command.ts';
import { CompressedReader } from './compressed-variant.ts';
import { ConnectionStatus, MultiplayerPeer } from './multiplayer-peer.ts';
import type { AnyMethod, DeclaredNode, NodeRegistry } from './node-registry.ts';
import { PathCache } from './path-cache.ts';
import type { PeerLimits } from './peer-limits.ts';
import type { Router } from './router.ts';
import { readArguments, writeArguments } from './rpc-arguments.ts';
import { RpcMode } from './rpc-method.ts';
import { CallHeader, finishCall, HEADER_ROOM, readCallHeader } from './rpc-packet.ts';
import type { RpcEntry, RpcTable } from './rpc-table.ts';

const SERVER = MultiplayerPeer.TARGET_PEER_SERVER;
/** A longer call's memory is given back. Bytes. */
const LARGEST_KEPT = 1024 * 1024;
const utf8 = new TextEncoder();
const utf8Decoder = new TextDecoder('utf-8', { fatal: true });

/** What calls need of the multiplayer they belong to. */
export interface CallsContext {
  /** The admitted ones. */
  readonly peers: ReadonlySet<number>;
  readonly limits: Required<PeerLimits>;
  allowsObjects(): boolean;
  /** Whether there is a `MultiplayerPeer` at all. */
  hasPeer(): boolean;
  /** A packet of `id` is thrown away. */
  refuse(id: number, failure: Failure): void;
  /** `id` went beyond a limit. */
  misbehave(id: number, failure: Failure): void;
  /** A method table differs from that of `id`. */
  differ(id: number, failure: Failure): void;
}

/** A path's number, and what those are told who do not know it yet. */
interface Address {
  readonly number: number;
  readonly path: Uint8Array;
  readonly introduction: Uint8Array;
}

/** Remote calls, both ways, and the numbers that stand for nodes in them (spec/multiplayer-wire.md sections 8 to 11). */
export class RpcCalls {
  /** Who sent what is being dispatched; 0 for nobody. */
  senderId = 0;
  /** The node that is being called. */
  calledPath = '';
  failure: Failure | null = null;
  readonly #router: Router;
  readonly #registry: NodeRegistry;
  readonly #authorities: Authorities;
  readonly #context: CallsContext;
  readonly #paths = new PathCache();
  readonly #addresses = new Map<string, Address>();
  /** The paths of `#addresses` by their numbers: a confirmation names a number. */
  readonly #pathOf = new Map<number, string>();
  #idleWriter: VariantWriter | null = new VariantWriter();
  #idleReader: CompressedReader | null = new CompressedReader();
  readonly #header = new CallHeader();

  constructor(router: Router, registry: NodeRegistry, authorities: Authorities, context: CallsContext) {
    this.#router = router;
    this.#registry = registry;
    this.#authorities = authorities;
    this.#context = context;
  }

  /** Runs something in the name of `id`. */
  as(id: number, run: () => void): void {
    const { senderId } = this;
    this.senderId = id;
    try {
      run();
    } finally {
      this.senderId = senderId;
    }
  }

  /** A node of ours that is used no more. */
  forgetPath(path: string): void {
    this.#paths.forgetPath(path);
    const address = this.#addresses.get(path);
    if (address === undefined) return;
    this.#addresses.delete(path);
    this.#pathOf.delete(address.number);
  }

  forget(peer: number): void {
    this.#paths.forget(peer);
  }

  clear(): void {
    this.#paths.clear();
    this.#addresses.clear();
    this.#pathOf.clear();
  }

  // ---------------------------------------------------------------- calling

  /** Calls a method at `target`: 0 for everybody, negative for everybody but one. Arguments that do not fit throw. */
  call(
    path: string,
    table: RpcTable<AnyMethod>,
    entry: RpcEntry<AnyMethod>,
    target: number,
    args: readonly unknown[],
  ): ErrorCode {
    // A handler may call while a call is under way.
    const writer = this.#idleWriter ?? new VariantWriter();
    this.#idleWriter = null;
    try {
      return this.#callWith(writer, path, table, entry, target, args);
    } finally {
      if (writer.bytes.length <= LARGEST_KEPT) this.#idleWriter = writer;
    }
  }

  #callWith(
    writer: VariantWriter,
    path: string,
    table: RpcTable<AnyMethod>,
    entry: RpcEntry<AnyMethod>,
    target: number,
    args: readonly unknown[],
  ): ErrorCode {
    const { method } = entry;
    if (!Number.isInteger(target)) throw new TypeError(`a target is an id, not ${target}`);
    writer.size = HEADER_ROOM;
    const isRaw = writeArguments(writer, entry.name, path, method.list, args);
    const { peer } = this.#router;
    if (!this.#context.hasPeer()) return ErrorCode.ERR_UNCONFIGURED;
    if (peer.getConnectionStatus() !== ConnectionStatus.CONNECTION_CONNECTED) return ErrorCode.ERR_CONNECTION_ERROR;
    const own = peer.getUniqueId();
    if (target === own && !method.callLocal)
      return this.#refuseCall(`"${entry.name}" does not run locally (callLocal)`);
    if (target > 0 && target !== own && !this.#context.peers.has(target)) {
      return this.#refuseCall(`there is no peer ${target}`);
    }
    const targets = this.#targets(target, own);
    // Its numbers mean other methods over there.
    const ids = this.#paths.hasDifferent ? targets.filter((id) => this.#paths.isEqual(id, path)) : targets;
    let result = ids.length > 0 ? this.#send(writer, path, table, entry, ids, isRaw) : ErrorCode.OK;
    if (ids.length < targets.length) {
      const others = targets.filter((id) => !ids.includes(id));
      this.failure = checksum(`"${entry.name}" of "${path}" is not called on ${others}: the methods differ there`);
      result = ErrorCode.ERR_UNAVAILABLE;
    }
    const runsHere = target === own || (method.callLocal && (target === 0 || (target < 0 && target !== -own)));
    if (runsHere) this.#run(own, path, method, args);
    return result;
  }

  #refuseCall(message: string): ErrorCode {
    this.failure = { code: 'TICKPEER_UNKNOWN_PEER', message };
    return ErrorCode.ERR_INVALID_PARAMETER;
  }

  #targets(target: number, own: number): number[] {
    const { peers } = this.#context;
    if (target > 0) return target === own ? [] : [target];
    const ids: number[] = [];
    const isAlone = !this.#router.isServer && !this.#router.isRelaying;
    for (const id of peers) if (id !== -target && (!isAlone || id === SERVER)) ids.push(id);
    return ids;
  }

  #send(
    writer: VariantWriter,
    path: string,
    table: RpcTable<AnyMethod>,
    { id, method }: RpcEntry<AnyMethod>,
    ids: readonly number[],
    isRaw: boolean,
  ): ErrorCode {
    const { number, path: pathBytes, introduction } = this.#addressOf(path, table);
    const paths = this.#paths;
    let strangers: number[] | null = null;
    for (const peer of ids) {
      if (paths.isConfirmed(peer, number)) continue;
      strangers ??= [];
      strangers.push(peer);
      if (!paths.tell(peer, number)) continue;
      if (this.#router.send(peer, introduction) !== ErrorCode.OK) paths.untell(peer, number);
    }
    const { transferMode, channel } = method;
    const bodyEnd = writer.size;
    if (strangers === null) {
      const call = finishCall(writer, bodyEnd, number, null, false, id, isRaw);
      return this.#router.sendTo(ids, call, transferMode, channel);
    }
    // As the engine does: when one needs the path, the others get their number in four bytes.
    const told = finishCall(writer, bodyEnd, number, pathBytes, true, id, isRaw);
    let result = this.#router.sendTo(strangers, told, transferMode, channel);
    const known = ids.filter((peer) => paths.isConfirmed(peer, number));
    if (known.length > 0) {
      const short = finishCall(writer, bodyEnd, number, null, true, id, isRaw);
      const code = this.#router.sendTo(known, short, transferMode, channel);
      if (result === ErrorCode.OK) result = code;
    }
    return result;
  }

  #addressOf(path: string, table: RpcTable<AnyMethod>): Address {
    let address = this.#addresses.get(path);
    if (address === undefined) {
      const number = this.#paths.numberOf(path);
      const bytes = utf8.encode(`${path}\0`);
      address = { number, path: bytes, introduction: simplifyPathPacket(table.md5, number, bytes) };
      this.#addresses.set(path, address);
      this.#pathOf.set(number, path);
    }
    return address;
  }

  // ---------------------------------------------------------------- being called

  receiveCall(from: number, packet: Uint8Array): void {
    const header = this.#header;
    const fault = readCallHeader(packet, header);
    if (fault !== null) {
      this.#refuse(from, 'TICKPEER_BAD_PACKET', fault);
      return;
    }
    const node = this.#nodeOf(from, packet, header);
    if (node === null) return;
    const entry = node.table.byId(header.method);
    if (entry === undefined) {
      this.#refuse(from, 'TICKPEER_RPC_UNKNOWN_METHOD', `"${node.path}" has no method ${header.method}`);
      return;
    }
    if (!this.#allows(from, node.path, entry)) return;
    const { method } = entry;
    if (method.handler === null) {
      this.#refuse(from, 'TICKPEER_RPC_UNKNOWN_METHOD', `"${entry.name}" of "${node.path}" is not implemented here`);
      return;
    }
    // A schema's own test may poll while arguments are read. A reader that is lost to what it throws is not missed.
    const reader = this.#idleReader ?? new CompressedReader();
    this.#idleReader = null;
    const args = readArguments(reader, packet, header, method.list, this.#context.allowsObjects());
    this.#idleReader = reader;
    if (typeof args === 'string') {
      this.#refuse(from, 'TICKPEER_RPC_ARGUMENTS', `"${entry.name}" of "${node.path}": ${args}`);
      return;
    }
    this.#run(from, node.path, method, args);
  }

  /** SIMPLIFY_PATH: 32 digits of md5, a zero, the number, the path. */
  receivePath(from: number, packet: Uint8Array): void {
    const { limits } = this.#context;
    if (packet.length < 39 || packet[33] !== 0) {
      this.#refuse(from, 'TICKPEER_BAD_PACKET', 'a node’s number comes with a checksum and a path');
      return;
    }
    if (packet.length - 39 > limits.pathLength) {
      this.#context.misbehave(from, limit(`a path of more than pathLength, ${limits.pathLength} bytes`));
      return;
    }
    if (this.#paths.countOf(from) >= limits.cacheEntries) {
      this.#context.misbehave(from, limit(`more than cacheEntries, ${limits.cacheEntries} nodes`));
      return;
    }
    const path = readPath(packet, 38);
    const node = path === null ? undefined : this.#registry.find(path);
    if (node === undefined) {
      this.#refuse(
        from,
        'TICKPEER_RPC_UNKNOWN_NODE',
        `no node is declared at ${path === null ? 'a path that is not UTF-8' : JSON.stringify(path)}`,
      );
      return;
    }
    const number = readUint32(packet, 34);
    if (this.#paths.nodeOf(from, number) !== undefined) {
      this.#refuse(from, 'TICKPEER_BAD_PACKET', `the number ${number} stands for a node already`);
      return;
    }
    const md5 = String.fromCharCode(...packet.subarray(1, 33));
    if (!/^[0-9a-f]{32}$/.test(md5)) {
      this.#refuse(from, 'TICKPEER_BAD_PACKET', 'a checksum that is none');
      return;
    }
    const isEqual = md5 === node.table.md5;
    const isKnownToDiffer = !this.#paths.isEqual(from, node.path);
    this.#paths.learn(from, number, node, isEqual);
    this.#router.send(from, confirmPathPacket(isEqual, number));
    if (isEqual) return;
    // The same again is no news, and nothing that an engine does.
    if (isKnownToDiffer) this.#refuse(from, 'TICKPEER_RPC_CHECKSUM', `the methods of "${node.path}" still differ`);
    else this.#context.differ(from, checksum(`the methods of "${node.path}" differ: ${node.table.explain(md5)}`));
  }

  /** CONFIRM_PATH: whether the checksums were equal, and the number. */
  receiveConfirmation(from: number, packet: Uint8Array): void {
    if (packet.length !== 6) {
      this.#refuse(from, 'TICKPEER_BAD_PACKET', `a confirmation of ${packet.length} bytes`);
      return;
    }
    const number = readUint32(packet, 2);
    if (!this.#paths.confirm(from, number) || packet[1] !== 0) return;
    const path = this.#pathOf.get(number) ?? '';
    this.#paths.differ(from, path);
    this.#context.differ(from, checksum(`${from} says that its methods of "${path}" differ from ours`));
  }

  #nodeOf(from: number, packet: Uint8Array, header: CallHeader): DeclaredNode | null {
    let node: DeclaredNode | undefined;
    let name: string;
    if (header.pathStart < 0) {
      node = this.#paths.nodeOf(from, header.node);
      name = `number ${header.node}`;
    } else {
      const isTooLong = packet.length - header.pathStart - 1 > this.#context.limits.pathLength;
      const path = isTooLong ? null : readPath(packet, header.pathStart);
      node = path === null ? undefined : this.#registry.find(path);
      name = path === null ? 'a path that is too long, or not UTF-8' : JSON.stringify(path);
    }
    if (node === undefined) {
      this.#refuse(from, 'TICKPEER_RPC_UNKNOWN_NODE', `no node is declared at ${name}`);
      return null;
    }
    if (this.#paths.isEqual(from, node.path)) return node;
    this.#refuse(from, 'TICKPEER_RPC_CHECKSUM', `the methods of "${node.path}" differ, so its ids mean nothing`);
    return null;
  }

  #allows(from: number, path: string, { name, method }: RpcEntry<AnyMethod>): boolean {
    let isAllowed = method.mode === RpcMode.RPC_MODE_ANY_PEER;
    if (method.mode === RpcMode.RPC_MODE_AUTHORITY) isAllowed = from === this.#authorities.get(path);
    else if (method.mode === RpcMode.RPC_MODE_SERVER) isAllowed = from === SERVER;
    if (!isAllowed) this.#refuse(from, 'TICKPEER_RPC_NOT_ALLOWED', `${from} may not call "${name}" of "${path}"`);
    return isAllowed;
  }

  #run(from: number, path: string, { handler }: AnyMethod, args: readonly unknown[]): void {
    if (handler === null) return;
    const { senderId, calledPath } = this;
    this.senderId = from;
    this.calledPath = path;
    try {
      handler(from, ...args);
    } finally {
      this.senderId = senderId;
      this.calledPath = calledPath;
    }
  }

  #refuse(from: number, code: Failure['code'], message: string): void {
    this.#context.refuse(from, { code, message });
  }
}

/** The path from `start` to its zero, relative to the root; null when it is not UTF-8. */
function readPath(packet: Uint8Array, start: number): string | null {
  let end = packet.indexOf(0, start);
  if (end < 0) end = packet.length;
  try {
    const path = utf8Decoder.decode(packet.subarray(start, end));
    return path.startsWith('/root/') ? path.slice(6) : path === '/root' ? '.' : path;
  } catch {
    return null; // that is how a TextDecoder says it
  }
}

function limit(message: string): Failure {
  return { code: 'TICKPEER_PEER_LIMIT', message };
}

function checksum(message: string): Failure {
  return { code: 'TICKPEER_RPC_CHECKSUM', message };
}
