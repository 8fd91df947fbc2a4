import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/**
 * The responses that an HTTP/1.1 connection still has to send. Node passes pipelined requests to the application as they are read, and
 * sends the responses in the order of the requests, so an upgrade has to wait for those ahead of it.
 */

const CHANNEL = 'http.server.request.start';

/** In the order of the requests, for each connection. */
const unfinished = new WeakMap<Duplex, ServerResponse[]>();
const watched = new Set<object>();

/** Begins to record the responses of an HTTP server. Returns a function that ends it. */
export function watchResponses(server: object): () => void {
  if (watched.size === 0) subscribe(CHANNEL, note);
  watched.add(server);
  return () => {
    if (watched.delete(server) && watched.size === 0) unsubscribe(CHANNEL, note);
  };
}

/** The response that a connection is sending or sends next; null when all are sent. */
export function responseAhead(socket: Duplex): ServerResponse | null {
  return unfinished.get(socket)?.[0] ?? null;
}

function note(message: unknown): void {
  // The type of what Node publishes on this channel.
  const { server, socket, response } = message as { server: object; socket: Duplex; response: ServerResponse };
  if (!watched.has(server)) return;
  const answers = unfinished.get(socket);
  if (answers === undefined) unfinished.set(socket, [response]);
  else answers.push(response);
  response.on('close', forget);
}

function forget(this: ServerResponse): void {
  const answers = unfinished.get(this.req.socket);
  const at = answers?.indexOf(this) ?? -1;
  if (at === 0) answers?.shift();
  else if (at > 0) answers?.splice(at, 1);
}
