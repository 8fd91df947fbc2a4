import type { Schema } from '../../variant/index.ts';
import { TransferMode } from '../peers/multiplayer-peer.ts';
import { ArgumentList } from './argument-list.ts';
import type { Arguments } from './argument-schemas.ts';

/** Who may call a method (docs/engine/multiplayer-wire.md#permissions), with the engine's numbers. */
export enum RpcMode {
  /** No peer; the method only takes up its id in the table. */
  RPC_MODE_DISABLED = 0,
  RPC_MODE_ANY_PEER = 1,
  /** The node's authority: the server unless it was set otherwise. */
  RPC_MODE_AUTHORITY = 2,
  /** Only the server, even when another peer is the node's authority. Not in the engine, and not visible on the wire. */
  RPC_MODE_SERVER = 3,
}

/** How a method is called; every option has the engine's default. */
export interface RpcOptions {
  /** Whether a call to all peers, or to the caller's own id, also runs here. Default: false. */
  readonly callLocal?: boolean;
  /** Has no effect over WebSocket, where everything is reliable. Default: `'reliable'`. */
  readonly transferMode?: 'reliable' | 'unreliable' | 'unreliableOrdered';
  /** Has no effect over WebSocket. Default: 0. */
  readonly channel?: number;
  /** Whether the other side configures it by `Node.rpc_config` instead of `@rpc` in a script. Default: false. */
  readonly nodeConfig?: boolean;
}

/** What runs when a method is called: `from` is the caller's id. */
export type RpcHandler<Args extends readonly unknown[]> = (from: number, ...args: Args) => void;

/** A declared method, made by `rpc.anyPeer(…)` and the other functions of `rpc`. */
export class RpcMethod<Args extends readonly unknown[] = readonly unknown[]> {
  readonly mode: RpcMode;
  readonly schemas: readonly Schema<unknown>[];
  /** @internal */
  readonly list: ArgumentList;
  /** Null for a method that is not implemented here. */
  readonly handler: RpcHandler<Args> | null;
  readonly callLocal: boolean;
  readonly transferMode: TransferMode;
  readonly channel: number;
  readonly isNodeLevel: boolean;

  /** @internal */
  constructor(
    mode: RpcMode,
    schemas: readonly Schema<unknown>[],
    handler: RpcHandler<Args> | null,
    options: RpcOptions,
  ) {
    this.list = new ArgumentList(schemas);
    const { callLocal = false, transferMode = 'reliable', channel = 0, nodeConfig = false } = options;
    const known = TRANSFER_MODES.get(transferMode);
    if (known === undefined) throw new TypeError(`transferMode cannot be "${transferMode}"`);
    this.mode = mode;
    this.schemas = schemas;
    this.handler = handler;
    this.callLocal = callLocal;
    this.transferMode = known;
    this.channel = channel;
    this.isNodeLevel = nodeConfig;
  }
}

const TRANSFER_MODES: ReadonlyMap<string, TransferMode> = new Map([
  ['unreliable', TransferMode.TRANSFER_MODE_UNRELIABLE],
  ['unreliableOrdered', TransferMode.TRANSFER_MODE_UNRELIABLE_ORDERED],
  ['reliable', TransferMode.TRANSFER_MODE_RELIABLE],
]);

/**
 * Declares a method: its arguments, its handler, its options. Each may be left out, and the options may follow the
 * arguments. There is one signature, without overloads, so that a compiler error names the argument that is wrong.
 */
type Declare = <const Schemas extends readonly Schema<unknown>[] = readonly []>(
  schemas?: Schemas,
  handler?: RpcHandler<Arguments<Schemas>> | RpcOptions,
  options?: RpcOptions,
) => RpcMethod<Arguments<Schemas>>;

function declare(mode: RpcMode): Declare {
  return <const Schemas extends readonly Schema<unknown>[]>(
    schemas?: Schemas,
    second?: RpcHandler<Arguments<Schemas>> | RpcOptions,
    third?: RpcOptions,
  ) => {
    const [handler, options = {}] = typeof second === 'function' ? [second, third] : [null, second ?? third];
    return new RpcMethod<Arguments<Schemas>>(mode, schemas ?? [], handler, options);
  };
}

/**
 * Declares the methods of a node, like those under `@rpc` in the game's scripts:
 *
 * ```ts
 * multiplayer.node('Main', {
 *   move: rpc.anyPeer([vector2], (from, direction) => { … }),  // @rpc("any_peer") func move(direction: Vector2)
 *   state: rpc.authority([dictionary({ … })]),                 // @rpc func state(all: Dictionary): called, not implemented
 * });
 * ```
 */
export const rpc: {
  /** `@rpc("any_peer")`. */
  readonly anyPeer: Declare;
  /** `@rpc("authority")`, or `@rpc` alone. */
  readonly authority: Declare;
  /** `@rpc` for the engine; here only the server may call it, even when another peer is the node's authority. */
  readonly server: Declare;
  /** Declared, but no peer may call it. */
  readonly disabled: Declare;
} = {
  anyPeer: declare(RpcMode.RPC_MODE_ANY_PEER),
  authority: declare(RpcMode.RPC_MODE_AUTHORITY),
  server: declare(RpcMode.RPC_MODE_SERVER),
  disabled: declare(RpcMode.RPC_MODE_DISABLED),
};
