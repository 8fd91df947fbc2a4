import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { StreamPeerTCP } from 'tickpeer';

/**
 * The stream of an HTTP server's 'upgrade' event, for those who put something in between (`acceptUpgrade` does the rest). Node has read the request's head already; a peer
 * reads it itself, so it is put together again and comes first. `target` replaces the request's path and query.
 */
export function upgradedStream(
  request: IncomingMessage,
  socket: Socket,
  head: Uint8Array,
  target: string,
): StreamPeerTCP {
  return StreamPeerTCP.fromSocket(socket, upgradedBytes(request, head, target));
}

/** The bytes of the request and those after it, which `upgradedStream` puts first. */
export function upgradedBytes(request: IncomingMessage, head: Uint8Array, target: string): Uint8Array {
  const { method, httpVersion, rawHeaders } = request;
  let text = `${method} ${target} HTTP/${httpVersion}\r\n`;
  for (let at = 0; at < rawHeaders.length; at += 2) text += `${rawHeaders[at]}: ${rawHeaders[at + 1]}\r\n`;
  // Node reads the head's bytes as latin1, one character each.
  return Buffer.concat([Buffer.from(`${text}\r\n`, 'latin1'), head]);
}
