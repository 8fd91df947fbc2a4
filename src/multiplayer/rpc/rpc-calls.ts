import { ErrorCode } from '../../error-code.ts';
import type { Failure } from '../../failure.ts';
import { VariantWriter } from '../../variant/index.ts';
import type { Authorities } from '../authority.ts';
import type { PeerLimits } from '../limits/peer-limits.ts';
import { ConnectionStatus, MultiplayerPeer } from '../peers/multiplayer-peer.ts';
import type { Router } from '../peers/router.ts';
import { confirmPathPacket, readUint32, simplifyPathPacket } from '../wire/command.ts';
import { CallHeader, finishCall, HEADER_ROOM, readCallHeader } from '../wire/rpc-packet.ts';
import { CompressedReader } from './compressed-variant.ts';
import type { AnyMethod, DeclaredNode, NodeRegistry } from './node-registry.ts';
import { PathCache } from './path-cache.ts';
import { readArguments, writeArguments } from './rpc-arguments.ts';
import { RpcHandlerError } from './rpc-handler-error.ts';
import { RpcMode } from './rpc-method.ts';
import type { RpcEntry, RpcTable } from './rpc-table.ts';

const SERVER = MultiplayerPeer.TARGET_PEER_SERVER;
/** Why something could not be sent at all, by what is returned; otherwise `TICKPEER_NOT_OPEN`. */
const UNSENT: ReadonlyMap<ErrorCode, Failure['code']> = new Map([
  [ErrorCode.ERR_INVALID_PARAMETER, 'TICKPEER_UNKNOWN_PEER'],
  [ErrorCode.ERR_UNAVAILABLE, 'TICKPEER_UNAVAILABLE'],
  [ErrorCode.ERR_INVALID_DATA, 'TICKPEER_UNAVAILABLE'],
  [ErrorCode.ERR_FILE_CANT_WRITE, 'TICKPEER_UNAVAILABLE'],
]);
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
  /** A packet of `id` is dropped; those with the same code and `subject` are counted together. */
  refuse(id: number, failure: Failure, subject: string): void;
  /** The methods at `path` differ from those of `id`; `methods` is the same for all nodes that have the same ones. */
  differ(id: number, failure: Failure, path: string, methods: string): void;
  /** A handler has thrown. */
  onHandlerError(from: number, path: string, method: string, error: unknown): void;
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
    this.#addresses.delete(path);
  }

  forget(peer: number): void {
    this.#paths.forget(peer);
  }

  clear(): void {
    this.#paths.clear();
    this.#addresses.clear();
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
    this.failure = null;
    if (!Number.isInteger(target)) throw new TypeError(`a target is an id, not ${target}`);
    writer.size = HEADER_ROOM;
    const isRaw = writeArguments(writer, entry.name, path, method.list, args);
    const { peer } = this.#router;
    if (!this.#context.hasPeer()) return this.refuseCall(ErrorCode.ERR_UNCONFIGURED, 'there is no multiplayer peer');
    if (peer.getConnectionStatus() !== ConnectionStatus.CONNECTION_CONNECTED) {
      return this.refuseCall(ErrorCode.ERR_CONNECTION_ERROR, 'the multiplayer peer is not connected');
    }
    const own = peer.getUniqueId();
    if (target === own && !method.callLocal) {
      return this.refuseCall(ErrorCode.ERR_INVALID_PARAMETER, `"${entry.name}" does not run locally (callLocal)`);
    }
    if (target > 0 && target !== own && !this.#context.peers.has(target)) {
      return this.refuseCall(ErrorCode.ERR_INVALID_PARAMETER, `there is no peer ${target}`);
    }
    const targets = this.#targets(target, own);
    // Its numbers mean other methods over there.
    const node = this.#paths.hasDifferent ? { path, table } : null;
    const ids = node === null ? targets : targets.filter((id) => this.#paths.isEqual(id, node));
    const result = ids.length > 0 ? this.#send(writer, path, table, entry, ids, isRaw) : ErrorCode.OK;
    const runsHere = target === own || (method.callLocal && (target === 0 || (target < 0 && target !== -own)));
    if (runsHere) this.#run(own, path, entry, args);
    // Behind the handler, which may have called something else.
    const sent = this.sent(result);
    if (sent !== ErrorCode.OK || node === null || ids.length === targets.length) return sent;
    const others = targets.filter((id) => !this.#paths.isEqual(id, node));
    this.failure = checksum(`"${entry.name}" of "${path}" is not called on ${others}: the methods differ there`);
    return ErrorCode.ERR_UNAVAILABLE;
  }

  /** A call, or bytes, could not be sent: returns `code`, and `failure` says why. */
  refuseCall(code: ErrorCode, message: string): ErrorCode {
    this.failure = { code: UNSENT.get(code) ?? 'TICKPEER_NOT_OPEN', message };
    return code;
  }

  /** What the peer said to a packet: for other codes than `OK`, `failure` says why. */
  sent(result: ErrorCode): ErrorCode {
    if (result === ErrorCode.OK) this.failure = null;
    else if (result === ErrorCode.ERR_UNAVAILABLE)
      this.refuseCall(result, 'without relay a client reaches the server only');
    else {
      const reason = `the multiplayer peer did not take it: ${ErrorCode[result]}`;
      this.failure = this.#router.peer.getLastFailure() ?? { code: 'TICKPEER_UNAVAILABLE', message: reason };
    }
    return result;
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
    }
    return address;
  }

  // ---------------------------------------------------------------- being called

  receiveCall(from: number, packet: Uint8Array): void {
    const header = this.#header;
    const fault = readCallHeader(packet, header);
    if (fault !== null) {
      this.#refuse(from, 'TICKPEER_BAD_PACKET', fault, fault);
      return;
    }
    const node = this.#nodeOf(from, packet, header);
    if (node === null) return;
    const entry = node.table.byId(header.method);
    if (entry === undefined) {
      const message = `"${node.path}" has no method ${header.method}`;
      this.#refuse(from, 'TICKPEER_RPC_UNKNOWN_METHOD', message, node.table.md5);
      return;
    }
    if (!this.#allows(from, node.path, entry)) return;
    const { method } = entry;
    if (method.handler === null) {
      const message = `"${entry.name}" of "${node.path}" is not implemented here`;
      this.#refuse(from, 'TICKPEER_RPC_UNKNOWN_METHOD', message, node.table.md5 + entry.name);
      return;
    }
    // A schema's own test may poll while arguments are read. A reader that is lost to what it throws is not missed.
    const reader = this.#idleReader ?? new CompressedReader();
    this.#idleReader = null;
    const args = readArguments(reader, packet, header, method.list, this.#context.allowsObjects());
    this.#idleReader = reader;
    if (typeof args === 'string') {
      const message = `"${entry.name}" of "${node.path}": ${args}`;
      this.#refuse(from, 'TICKPEER_RPC_ARGUMENTS', message, node.table.md5 + entry.name);
      return;
    }
    this.#run(from, node.path, entry, args);
  }

  /** SIMPLIFY_PATH: 32 digits of md5, a zero, the number, the path. */
  receivePath(from: number, packet: Uint8Array): void {
    const fault = faultOfIntroduction(packet);
    if (fault !== null) {
      this.#refuse(from, 'TICKPEER_BAD_PACKET', fault, fault);
      return;
    }
    const node = this.#find(from, packet, 38);
    if (node === null) return;
    const number = readUint32(packet, 34);
    const known = this.#paths.nodeOf(from, number);
    if (known !== undefined && known.path !== node.path) {
      const message = `the number ${number} stands for another node already`;
      this.#refuse(from, 'TICKPEER_BAD_PACKET', message, 'number');
      return;
    }
    const md5 = String.fromCharCode(...packet.subarray(1, 33));
    const isEqual = md5 === node.table.md5;
    const { cacheEntries } = this.#context.limits;
    // Without room it is not confirmed: the other side goes on sending the path.
    if (this.#paths.learn(from, number, node, isEqual, cacheEntries)) {
      this.#router.send(from, confirmPathPacket(isEqual, number));
    } else {
      const message = `more than cacheEntries, ${cacheEntries} nodes: calls to further ones come with the path`;
      this.#refuse(from, 'TICKPEER_PEER_LIMIT', message, 'cacheEntries');
    }
    // A handler may have disconnected it.
    if (isEqual || !this.#context.peers.has(from)) return;
    const message = `the methods of "${node.path}" differ: ${node.table.explain(md5)}`;
    this.#context.differ(from, checksum(message), node.path, node.table.md5);
  }

  /** CONFIRM_PATH: whether the checksums were equal, and the number. */
  receiveConfirmation(from: number, packet: Uint8Array): void {
    if (packet.length !== 6) {
      this.#refuse(from, 'TICKPEER_BAD_PACKET', `a confirmation of ${packet.length} bytes`, 'confirmation');
      return;
    }
    const number = readUint32(packet, 2);
    if (!this.#paths.confirm(from, number) || packet[1] !== 0) return;
    const path = this.#paths.pathOf(number);
    const node = this.#registry.find(path);
    if (node !== undefined) this.#paths.differ(from, node);
    const message = `${from} says that its methods of "${path}" differ from ours`;
    this.#context.differ(from, checksum(message), path, `there ${node?.table.md5}`);
  }

  #nodeOf(from: number, packet: Uint8Array, header: CallHeader): DeclaredNode | null {
    const isNumber = header.pathStart < 0;
    const node = isNumber ? this.#paths.nodeOf(from, header.node) : this.#find(from, packet, header.pathStart);
    if (node === undefined) {
      const message = `the number ${header.node} stands for no node, or for one that was forgotten here`;
      this.#refuse(from, 'TICKPEER_RPC_UNKNOWN_NODE', message, 'number');
      return null;
    }
    if (node === null || this.#paths.isEqual(from, node)) return node;
    const message = `the methods of "${node.path}" differ, so its ids mean nothing`;
    this.#refuse(from, 'TICKPEER_RPC_CHECKSUM', message, `call ${node.table.md5}`);
    return null;
  }

  /** The node whose path begins at `start`; null, and told, when there is none. */
  #find(from: number, packet: Uint8Array, start: number): DeclaredNode | null {
    const { pathLength } = this.#context.limits;
    if (packet.length - start - 1 > pathLength) {
      const message = `no node is declared at a path of more than pathLength, ${pathLength} bytes`;
      this.#refuse(from, 'TICKPEER_RPC_UNKNOWN_NODE', message, 'pathLength');
      return null;
    }
    const path = readPath(packet, start);
    if (path === null) {
      this.#refuse(from, 'TICKPEER_BAD_PACKET', 'a path that is not UTF-8', 'path');
      return null;
    }
    const node = this.#registry.find(path);
    if (node === undefined) {
      this.#refuse(from, 'TICKPEER_RPC_UNKNOWN_NODE', `no node is declared at ${JSON.stringify(path)}`, path);
    }
    return node ?? null;
  }

  #allows(from: number, path: string, { name, method }: RpcEntry<AnyMethod>): boolean {
    let isAllowed = method.mode === RpcMode.RPC_MODE_ANY_PEER;
    if (method.mode === RpcMode.RPC_MODE_AUTHORITY) isAllowed = from === this.#authorities.get(path);
    else if (method.mode === RpcMode.RPC_MODE_SERVER) isAllowed = from === SERVER;
    if (!isAllowed) this.#refuse(from, 'TICKPEER_RPC_NOT_ALLOWED', `${from} may not call "${name}" of "${path}"`, name);
    return isAllowed;
  }

  #run(from: number, path: string, { name, method: { handler } }: RpcEntry<AnyMethod>, args: readonly unknown[]): void {
    if (handler === null) return;
    const { senderId, calledPath } = this;
    this.senderId = from;
    this.calledPath = path;
    try {
      handler(from, ...args);
    } catch (error) {
      this.#context.onHandlerError(from, path, name, error);
      throw new RpcHandlerError(path, name, from, error);
    } finally {
      this.senderId = senderId;
      this.calledPath = calledPath;
    }
  }

  #refuse(from: number, code: Failure['code'], message: string, subject: string): void {
    this.#context.refuse(from, { code, message }, subject);
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

/** What is wrong with a SIMPLIFY_PATH whatever it names, or null. */
function faultOfIntroduction(packet: Uint8Array): string | null {
  if (packet.length < 39 || packet[33] !== 0) return 'a node’s number comes with a checksum and a path';
  for (let at = 1; at < 33; at++) {
    const digit = packet[at]!;
    const isHexadecimal = (digit >= 0x30 && digit <= 0x39) || (digit >= 0x61 && digit <= 0x66);
    if (!isHexadecimal) return 'a checksum that is none';
  }
  return null;
}

function checksum(message: string): Failure {
  return { code: 'TICKPEER_RPC_CHECKSUM', message };
}
