import type { ErrorCode } from '../../error-code.ts';
import { type AnyMethod, fits, type MethodsOf } from './node-registry.ts';
import type { RpcCalls } from './rpc-calls.ts';
import type { RpcMethod } from './rpc-method.ts';
import type { RpcTable } from './rpc-table.ts';

/** A method to call on other peers. Throws a `TypeError` for arguments that do not match their schemas. */
export interface RemoteMethod<Args extends readonly unknown[]> {
  /** Calls it on all peers, and here with `callLocal`. Returns the same codes as `rpcId`. */
  rpc(...args: Args): ErrorCode;
  /**
   * Calls it on one peer. An id of 0 means all peers, a negative id all but that one. `ERR_CONNECTION_ERROR`: not connected.
   * `ERR_INVALID_PARAMETER`: no peer has that id, or it is this peer's own id and the method has no `callLocal`.
   * `ERR_UNAVAILABLE`: the methods of one or more peers differ from those declared here (`checksumMismatch`); it was not
   * called on them, but on all others. Otherwise the code that the `MultiplayerPeer` returned for the last packet that it
   * refused.
   */
  rpcId(id: number, ...args: Args): ErrorCode;
}

/** A declared node: its methods by name. */
export type NodeHandle<Declared extends MethodsOf> = {
  readonly [Name in keyof Declared]: Declared[Name] extends RpcMethod<infer Args> ? RemoteMethod<Args> : never;
};

/** Nodes that share a declaration. */
export interface NodePattern<Declared extends MethodsOf> {
  /** The node at a path that matches the pattern. Throws `TypeError` for any other path. */
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
