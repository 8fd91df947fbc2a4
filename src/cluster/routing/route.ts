import type { IncomingMessage } from 'node:http';

/** Where a client goes: to the rooms of this process, to another node by its private address, or away with a close code. */
export type Route =
  | { readonly to: 'here' }
  | { readonly to: 'node'; readonly id: string; readonly host: string; readonly port: number }
  | { readonly to: 'refused'; readonly code: number; readonly reason: string };

/**
 * Decides where a request goes. May wait, for at most the front's `waitTime`; `signal` aborts when the client is gone or the time is
 * over. Called once more when the node that it named cannot be reached.
 */
export type FindRoute = (request: IncomingMessage, signal: AbortSignal) => Route | Promise<Route>;
