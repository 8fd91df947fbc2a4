import * as net from 'node:net';
import { isClusterWorker } from '../runtime/built-ins.ts';

/** Makes a listening handle that is bound, or answers a negative errno. */
export type CreateServerHandle = (
  address: string,
  port: number,
  family: 4 | 6,
  fd: undefined,
  flags: number,
) => object | number;

/**
 * Binds at once and returns the handle, or a negative errno. `server.listen({ host })` looks even literal addresses up,
 * which takes a turn of the event loop; `listen(handle)` is public and synchronous, only making the handle is not public.
 * Node's own cluster module depends on this function. Tried on Node 20; where it is missing, `listen` answers late.
 */
export const createServerHandle: CreateServerHandle | undefined =
  // Not in Node's types; the check below is what makes the claim true.
  '_createServerHandle' in net && typeof net._createServerHandle === 'function'
    ? (net._createServerHandle as CreateServerHandle)
    : undefined;

/**
 * Whether only an event tells how a `net.Server` has come off with its `listen`: in a `node:cluster` worker, which asks the primary
 * process, and in a runtime without Node's internals.
 */
export function bindsLate(): boolean {
  return createServerHandle === undefined || isClusterWorker();
}
