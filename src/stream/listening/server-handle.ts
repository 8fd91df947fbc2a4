import * as net from 'node:net';
import { isClusterWorker } from '../runtime/built-ins.ts';

/** Makes a bound handle, or returns a negative errno. */
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
 * Node's own cluster module depends on this function. Tested on Node 20; where it is missing, `listen` reports its result late.
 */
export const createServerHandle: CreateServerHandle | undefined =
  // Not in Node's types; the check below is what makes the claim true.
  '_createServerHandle' in net && typeof net._createServerHandle === 'function'
    ? (net._createServerHandle as CreateServerHandle)
    : undefined;

/**
 * Whether `listen` reports its result only by an event: in a `node:cluster` worker, which asks the primary process, and in a
 * runtime without Node's internals.
 */
export function bindsLate(): boolean {
  return createServerHandle === undefined || isClusterWorker();
}
