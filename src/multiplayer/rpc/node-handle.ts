import type { ErrorCode } from '../../error-code.ts';
import { type AnyMethod, fits, type MethodsOf } from './node-registry.ts';
import type { RpcCalls } from './rpc-calls.ts';
import type { RpcMethod } from './rpc-method.ts';
import type { RpcTable } from './rpc-table.ts';

/** One method, to be called on other peers. Arguments that do not fit their schemas throw a `TypeError`. */
export interface RemoteMethod<Args extends readonly unknown[]> {
  /** Calls it on everybody, and here with `callLocal`. Returns as `rpcId`. */
  rpc(...args: Args): ErrorCode;
  /**
   * Calls it on one peer; a negative id means everybody but that one, 0 everybody. `ERR_CONNECTION_ERROR`: not connected.
   * `ERR_INVALID_PARAMETER`: no peer has that id, or it is our own and the method has no `callLocal`.
   * `ERR_UNAVAILABLE`: for one peer or more its methods differ from those declared here (`checksumMismatch`), and it was not
   * called; the others were. Otherwise the code that the `MultiplayerPeer` returned for the last packet that it refused.
   */
  rpcId(id: number, ...args: Args): ErrorCode;
}

/** A declared node: its methods by name. */
export type NodeHandle<Declared extends MethodsOf> = {
  readonly [Name in keyof Declared]: Declared[Name] extends RpcMethod<infer Args> ? RemoteMethod<Args> : never;
};

/** Nodes that share a declaration. */
export interface NodePattern<Declared extends MethodsOf> {
  /** The node at one of the paths that fit; throws for one that does not. */
  at(path: string): NodeHandle<Declared>;
}

export function nodeHandle<Declared extends MethodsOf>(
  path: string,
  table: RpcTable<AnyMethod>,
  calls: RpcCalls,
  methods: Declared,
): NodeHandle<Declared> {
  const handle: Record<string, RemoteMethod<readonly unknown[]>> = {};
  for (const name of Object.keys(methods)) {
    const entry = table.byName(name)!; // the table is made of these names
    handle[name] = {
      rpc: (...args) => calls.call(path, table, entry, 0, args),
      rpcId: (id, ...args) => calls.call(path, table, entry, id, args),
    };
  }
  return Object.freeze(handle) as NodeHandle<Declared>; // one member for each declared method
}

export function nodePattern<Declared extends MethodsOf>(
  pattern: string,
  table: RpcTable<AnyMethod>,
  calls: RpcCalls,
  methods: Declared,
): NodePattern<Declared> {
  const segments = pattern.split('/');
  return {
    at(path) {
      if (!fits(segments, path.split('/'))) throw new TypeError(`"${path}" does not fit "${pattern}"`);
      return nodeHandle(path, table, calls, methods);
    },
  };
}
