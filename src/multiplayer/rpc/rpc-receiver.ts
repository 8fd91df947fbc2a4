import { ErrorCode } from '../../error-code.ts';
import { type Failure, isFailure } from '../../failure.ts';
import type { Authorities } from '../authority.ts';
import type { PeerLimits } from '../limits/peer-limits.ts';
import { MultiplayerPeer } from '../peers/multiplayer-peer.ts';
import type { Router } from '../peers/router.ts';
import { CompressedReader } from '../wire/compressed-variant.ts';
import { confirmPathPacket, readConfirmation, readIntroduction, readPath } from '../wire/path-packet.ts';
import { CallHeader, readCallHeader } from '../wire/rpc-packet.ts';
import { readArguments } from './argument-codec.ts';
import { readConverted } from './argument-conversion.ts';
import { checksumFailure } from './method-differences.ts';
import type { AnyMethod, DeclaredNode, NodeRegistry } from './node-registry.ts';
import type { PathCache } from './path-cache.ts';
import { RpcMode } from './rpc-method.ts';
import { NO_METHODS, type RpcEntry } from './rpc-table.ts';
import type { RunningCall } from './running-call.ts';

const SERVER = MultiplayerPeer.TARGET_PEER_SERVER;

/** Counts the packets that are dropped, and reports them. */
export interface PacketJudge {
  /** A packet of `id` is dropped. Packets with the same code and `subject` are counted together. */
  refuse(id: number, failure: Failure, subject: string): void;
  /** The methods at `path` differ from those of `id`. `methods` is equal for all nodes that have the same methods. */
  differ(id: number, failure: Failure, path: string, methods: string): void;
}

/** Settings of the multiplayer that apply to received calls. */
export interface RpcSettings {
  readonly limits: Required<PeerLimits>;
  readonly allowObjectDecoding: boolean;
}

/** The spawners and synchronizers, which have paths as other nodes have. */
export interface ReplicatedPaths {
  find(path: string): DeclaredNode | undefined;
  /** `id` has confirmed a number of this side. */
  confirmed(id: number, number: number): void;
}

/** Confirmations of numbers that stand for no node. */
export interface Confirmations {
  /** `from` has confirmed a number. Returns false when that number is none of theirs. */
  confirmed(from: number, number: number): boolean;
}

/** The parts that a receiver of calls uses. */
export interface RpcReceiverParts {
  readonly router: Router;
  readonly registry: NodeRegistry;
  readonly replicated: ReplicatedPaths;
  readonly markers: Confirmations;
  readonly authorities: Authorities;
  /** The admitted peers. */
  readonly peers: ReadonlySet<number>;
  readonly paths: PathCache;
  readonly running: RunningCall;
  readonly judge: PacketJudge;
  readonly settings: RpcSettings;
}

/**
 * Receives remote calls, and the packets by which peers give nodes numbers
 * (docs/engine/multiplayer-wire.md#receiving-a-call and #path-cache).
 */
export class RpcReceiver {
  readonly #router: Router;
  readonly #registry: NodeRegistry;
  readonly #replicated: ReplicatedPaths;
  readonly #markers: Confirmations;
  readonly #authorities: Authorities;
  readonly #peers: ReadonlySet<number>;
  readonly #paths: PathCache;
  readonly #running: RunningCall;
  readonly #judge: PacketJudge;
  readonly #settings: RpcSettings;
  #idleReader: CompressedReader | null = new CompressedReader(readConverted);
  readonly #header = new CallHeader();

  constructor(parts: RpcReceiverParts) {
    this.#router = parts.router;
    this.#registry = parts.registry;
    this.#replicated = parts.replicated;
    this.#markers = parts.markers;
    this.#authorities = parts.authorities;
    this.#peers = parts.peers;
    this.#paths = parts.paths;
    this.#running = parts.running;
    this.#judge = parts.judge;
    this.#settings = parts.settings;
  }

  receiveCall(from: number, packet: Uint8Array): void {
    const header = this.#header;
    const failure = readCallHeader(packet, header);
    if (failure !== null) {
      this.#judge.refuse(from, failure, failure.message);
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
    // A schema's test function may call `poll`, which would use the same reader. If it throws, a new reader is made
    // next time.
    const reader = this.#idleReader ?? new CompressedReader(readConverted);
    this.#idleReader = null;
    const args = readArguments(reader, packet, header, method.list, this.#settings.allowObjectDecoding);
    this.#idleReader = reader;
    if (isFailure(args)) {
      const message = `"${entry.name}" of "${node.path}": ${args.message}`;
      this.#refuse(from, args.code, message, node.table.md5 + entry.name);
      return;
    }
    this.#running.run(from, node.path, entry, args);
  }

  /** SIMPLIFY_PATH: `from` gives a node a number. */
  receivePath(from: number, packet: Uint8Array): void {
    const introduction = readIntroduction(packet);
    if (isFailure(introduction)) {
      this.#judge.refuse(from, introduction, introduction.message);
      return;
    }
    const { md5, number, pathStart } = introduction;
    const { cacheEntries } = this.#settings.limits;
    const path = this.#pathAt(from, packet, pathStart);
    if (path === null) return;
    const node = this.#find(from, path, md5);
    if (node === null) {
      this.#paths.note(from, number, path, md5, false, cacheEntries);
      return;
    }
    const known = this.#paths.nodeOf(from, number);
    if (known !== undefined && known.path !== node.path) {
      const message = `the number ${number} stands for another node already`;
      this.#refuse(from, 'TICKPEER_BAD_PACKET', message, 'number');
      return;
    }
    const isEqual = md5 === node.table.md5;
    // Without room there is no confirmation, and the other side keeps sending the path.
    const isLearned = this.#paths.learn(from, number, node, isEqual, cacheEntries);
    this.#paths.note(from, number, path, md5, isLearned, cacheEntries);
    if (isLearned) {
      this.#router.send(from, confirmPathPacket(isEqual, number));
    } else {
      const message = `more than cacheEntries, ${cacheEntries} nodes: calls to further ones come with the path`;
      this.#refuse(from, 'TICKPEER_PEER_LIMIT', message, 'cacheEntries');
    }
    // A handler of `badPacket` may have disconnected it.
    if (!isEqual && this.#peers.has(from)) this.#reportDifference(from, node, md5);
  }

  /** `from` has come from another room: confirms the numbers that it gave there to nodes that are only declared here. */
  resume(from: number): void {
    const carried = this.#paths.carriedBy(from);
    if (carried === null) return;
    for (const [number, { path, md5 }] of [...carried.introduced, ...carried.unconfirmed]) {
      const node = this.#paths.nodeOf(from, number);
      if (node === undefined) continue;
      const isEqual = md5 === node.table.md5;
      if (carried.unconfirmed.has(number)) {
        const isSent = this.#router.send(from, confirmPathPacket(isEqual, number)) === ErrorCode.OK;
        if (isSent) this.#paths.note(from, number, path, md5, true, this.#settings.limits.cacheEntries);
      }
      if (!isEqual) this.#reportDifference(from, node, md5);
    }
  }

  #reportDifference(from: number, node: DeclaredNode, md5: string): void {
    const message = `the methods of "${node.path}" differ: ${node.table.explain(md5)}`;
    this.#judge.differ(from, checksumFailure(message), node.path, node.table.md5);
  }

  /** CONFIRM_PATH: `from` confirms a number of this side. */
  receiveConfirmation(from: number, packet: Uint8Array): void {
    const confirmation = readConfirmation(packet);
    if (isFailure(confirmation)) {
      this.#judge.refuse(from, confirmation, 'confirmation');
      return;
    }
    const { isEqual } = confirmation;
    if (this.#markers.confirmed(from, confirmation.number)) return;
    const number = this.#paths.confirmedNumber(from, confirmation.number);
    if (!this.#paths.confirm(from, number)) return;
    this.#replicated.confirmed(from, number);
    if (isEqual) return;
    const path = this.#paths.pathOf(number);
    const node = this.#registry.find(path) ?? this.#replicated.find(path);
    if (node !== undefined) this.#paths.differ(from, node);
    const message = `${from} says that its methods of "${path}" differ from ours`;
    this.#judge.differ(from, checksumFailure(message), path, `there ${node?.table.md5}`);
  }

  #nodeOf(from: number, packet: Uint8Array, header: CallHeader): DeclaredNode | null {
    const isNumber = header.pathStart < 0;
    const node = isNumber ? this.#paths.nodeOf(from, header.node) : this.#nodeAt(from, packet, header.pathStart);
    if (node === undefined) {
      const message = `the number ${header.node} stands for no node, or for one that was forgotten here`;
      this.#refuse(from, 'TICKPEER_RPC_UNKNOWN_NODE', message, 'number');
      return null;
    }
    if (node === null || this.#paths.hasSameMethods(from, node)) return node;
    const message = `the methods of "${node.path}" differ, so its ids mean nothing`;
    this.#refuse(from, 'TICKPEER_RPC_CHECKSUM', message, `call ${node.table.md5}`);
    return null;
  }

  /** The node whose path begins at `start`; null when there is none, which is reported. */
  #nodeAt(from: number, packet: Uint8Array, start: number): DeclaredNode | null {
    const path = this.#pathAt(from, packet, start);
    return path === null ? null : this.#find(from, path);
  }

  /** The path that begins at `start`; null when it cannot be one, which is reported. */
  #pathAt(from: number, packet: Uint8Array, start: number): string | null {
    const { pathLength } = this.#settings.limits;
    if (packet.length - start - 1 > pathLength) {
      const message = `no node is declared at a path of more than pathLength, ${pathLength} bytes`;
      this.#refuse(from, 'TICKPEER_RPC_UNKNOWN_NODE', message, 'pathLength');
      return null;
    }
    const path = readPath(packet, start);
    if (path === null) {
      this.#refuse(from, 'TICKPEER_BAD_PACKET', 'a path that is not UTF-8', 'path');
    }
    return path;
  }

  /** The node at `path`; null when there is none, which is reported. `md5`: of the path's introduction. */
  #find(from: number, path: string, md5: string = ''): DeclaredNode | null {
    // The root is always there.
    if (path === '.') return this.#registry.find(path) ?? { path, table: NO_METHODS };
    const node = this.#registry.find(path) ?? this.#replicated.find(path);
    if (node === undefined && md5 === NO_METHODS.md5) {
      // Nearly always a spawner or a synchronizer, and a game may have one for each player: all are one kind.
      const message = `no spawner or synchronizer is declared at ${JSON.stringify(path)}`;
      this.#refuse(from, 'TICKPEER_REPLICATION_UNDECLARED', message, 'path');
    } else if (node === undefined) {
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

  #refuse(from: number, code: Failure['code'], message: string, subject: string): void {
    this.#judge.refuse(from, { code, message }, subject);
  }
}
