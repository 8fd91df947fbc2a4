/**
 * What the workers of `node:cluster` and their primary process tell each other about sockets. A worker with a front says `hello`, at the
 * latest when the primary asks `who`, and gives sockets away once the primary is `ready`. It sends `give` with a socket; the primary
 * sends `take` with it to the other worker, which answers with `result`; the primary passes that on. A worker that has said `bye` gets no more sockets.
 */
export type HandOverMessage = { readonly tickpeer: 'hand-over' } & (
  | { readonly step: 'who' | 'hello' | 'ready' | 'bye' }
  | {
      readonly step: 'give' | 'take';
      /** Chosen by the worker that gives the socket away. */
      readonly id: number;
      /** The other worker: who gets it, then who gave it. */
      readonly worker: number;
      /** The request's head and all that was read after it, in base64. */
      readonly bytes: string;
    }
  | { readonly step: 'result'; readonly id: number; readonly worker: number; readonly isTaken: boolean }
);

/** A message of this kind; null for any other that the program's processes send. */
export function readHandOver(message: unknown): HandOverMessage | null {
  const isOurs =
    typeof message === 'object' && message !== null && 'tickpeer' in message && message.tickpeer === 'hand-over';
  // Nobody else uses the name.
  return isOurs ? (message as HandOverMessage) : null;
}
