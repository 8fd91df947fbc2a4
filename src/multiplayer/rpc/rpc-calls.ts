import { ErrorCode } from '../../error-code.ts';
import { VariantWriter } from '../../variant/index.ts';
import { ConnectionStatus, MultiplayerPeer } from '../peers/multiplayer-peer.ts';
import type { Router } from '../peers/router.ts';
import type { SendOutcome } from '../peers/send-outcome.ts';
import { finishCall, HEADER_ROOM } from '../wire/rpc-packet.ts';
import { writeArguments } from './argument-codec.ts';
import { checksumFailure } from './method-differences.ts';
import type { NodeAddresses } from './node-addresses.ts';
import type { AnyMethod } from './node-registry.ts';
import type { PathCache } from './path-cache.ts';
import type { RpcEntry, RpcTable } from './rpc-table.ts';
import type { RunningCall } from './running-call.ts';

const SERVER = MultiplayerPeer.TARGET_PEER_SERVER;
/** A writer that grew beyond this is not kept. Bytes. */
const LARGEST_KEPT = 1024 * 1024;

/** Which peers see a node, and may be called there (docs/engine/multiplayer-wire.md#remote-calls). */
export interface RpcSight {
  /** Whether every peer sees every node. */
  readonly isUnlimited: boolean;
  /** The peers of `ids` that see the node at `path`. */
  seeing(path: string, ids: readonly number[]): readonly number[];
}

/** The parts that calls use. */
export interface RpcCallsParts {
  readonly router: Router;
  /** The admitted peers. */
  readonly peers: ReadonlySet<number>;
  readonly paths: PathCache;
  readonly addresses: NodeAddresses;
  readonly sight: RpcSight;
  readonly running: RunningCall;
  readonly outcome: SendOutcome;
}

/** Calls methods on other peers (docs/engine/multiplayer-wire.md#remote-calls). */
export class RpcCalls {
  readonly #router: Router;
  /** The admitted peers. */
  readonly #peers: ReadonlySet<number>;
  readonly #paths: PathCache;
  readonly #addresses: NodeAddresses;
  /** Which peers see a node. */
  readonly #sight: RpcSight;
  readonly #running: RunningCall;
  readonly #outcome: SendOutcome;
  #idleWriter: VariantWriter | null = new VariantWriter();

  constructor({ router, peers, paths, addresses, sight, running, outcome }: RpcCallsParts) {
    this.#router = router;
    this.#peers = peers;
    this.#paths = paths;
    this.#addresses = addresses;
    this.#sight = sight;
    this.#running = running;
    this.#outcome = outcome;
  }

  /**
   * Calls a method on `target`: 0 for all peers, negative for all but one. Throws `TypeError` for arguments that do not
   * match.
   */
  call(
    path: string,
    table: RpcTable<AnyMethod>,
    entry: RpcEntry<AnyMethod>,
    target: number,
    args: readonly unknown[],
  ): ErrorCode {
    // A handler may make a call while another call is being made.
    const writer = this.#idleWriter ?? new VariantWriter();
    this.#idleWriter = null;
    try {
      const outcome = this.#outcome;
      outcome.failure = null;
      if (!Number.isInteger(target)) throw new TypeError(`a target is an id, not ${target}`);
      writer.size = HEADER_ROOM;
      const isRaw = writeArguments(writer, entry.name, path, entry.method.list, args);
      const refusal = this.#refuse(target, entry);
      if (refusal !== ErrorCode.OK) return refusal;
      const own = this.#router.peer.getUniqueId();
      const all = this.#targets(target, own);
      const targets = this.#sight.isUnlimited ? all : this.#sight.seeing(path, all);
      if (target > 0 && targets.length < all.length) return this.#refuseHidden(target, path);
      // Peers whose methods differ are left out, because the ids mean other methods there.
      const node = this.#paths.hasDifferent ? { path, table } : null;
      const ids = node === null ? targets : targets.filter((id) => this.#paths.hasSameMethods(id, node));
      const result = ids.length > 0 ? this.#send(writer, path, table, entry, ids, isRaw) : ErrorCode.OK;
      const { callLocal } = entry.method;
      const runsHere = target === own || (callLocal && (target === 0 || (target < 0 && target !== -own)));
      if (runsHere) this.#running.run(own, path, entry, args);
      // Set after the handler has run, because it may have made other calls.
      const sent = outcome.of(result);
      if (sent !== ErrorCode.OK || node === null || ids.length === targets.length) return sent;
      const others = targets.filter((id) => !this.#paths.hasSameMethods(id, node));
      outcome.failure = checksumFailure(
        `"${entry.name}" of "${path}" is not called on ${others}: the methods differ there`,
      );
      return ErrorCode.ERR_UNAVAILABLE;
    } finally {
      if (writer.bytes.length <= LARGEST_KEPT) this.#idleWriter = writer;
    }
  }

  /** Why no call can be made to `target` now; `OK` when one can. */
  #refuse(target: number, { name, method }: RpcEntry<AnyMethod>): ErrorCode {
    const outcome = this.#outcome;
    const { peer, hasPeer } = this.#router;
    if (!hasPeer) return outcome.refuse(ErrorCode.ERR_UNCONFIGURED, 'there is no multiplayer peer');
    if (peer.getConnectionStatus() !== ConnectionStatus.CONNECTION_CONNECTED) {
      return outcome.refuse(ErrorCode.ERR_CONNECTION_ERROR, 'the multiplayer peer is not connected');
    }
    if (target <= 0 || this.#peers.has(target)) return ErrorCode.OK;
    if (target !== peer.getUniqueId())
      return outcome.refuse(ErrorCode.ERR_INVALID_PARAMETER, `there is no peer ${target}`);
    if (method.callLocal) return ErrorCode.OK;
    return outcome.refuse(ErrorCode.ERR_INVALID_PARAMETER, `"${name}" does not run locally (callLocal)`);
  }

  #refuseHidden(target: number, path: string): ErrorCode {
    const message = `"${path}" is not spawned at ${target}, or hidden from it`;
    this.#outcome.failure = { code: 'TICKPEER_NOT_VISIBLE', message };
    return ErrorCode.ERR_UNAVAILABLE;
  }

  #targets(target: number, own: number): number[] {
    const peers = this.#peers;
    if (target > 0) return target === own ? [] : [target];
    // As large as needed, where pushing would make room for 17.
    if (target === 0 && (this.#router.isServer || this.#router.isRelaying)) return [...peers];
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
    const address = this.#addresses.of(path, table);
    const { number, path: pathBytes } = address;
    const paths = this.#paths;
    let strangers: number[] | null = null;
    for (const peer of ids) {
      if (paths.isConfirmed(peer, number)) continue;
      strangers ??= [];
      strangers.push(peer);
      this.#addresses.introduce(peer, address);
    }
    const { transferMode, channel } = method;
    const bodyEnd = writer.size;
    if (strangers === null) {
      const call = finishCall(writer, bodyEnd, number, null, false, id, isRaw);
      return this.#router.sendTo(ids, call, transferMode, channel);
    }
    // As in the engine: when one peer needs the path, the others get the number in four bytes.
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
}
