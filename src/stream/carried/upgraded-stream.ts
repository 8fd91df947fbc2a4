import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { StreamPeerTCP } from '../socket/stream-peer-tcp.ts';
import { StreamPeerTLS } from '../tls/stream-peer-tls.ts';

/**
 * The stream of an HTTP server's 'upgrade' event, for a peer that reads the request itself. Node has read the request's head
 * already, so it is rebuilt and comes first, followed by `head`. Null when `socket` is not one of node:net or node:tls.
 */
export function upgradedStream(
  request: Pick<IncomingMessage, 'method' | 'url' | 'httpVersion' | 'rawHeaders'>,
  socket: Duplex,
  head: Uint8Array,
): StreamPeerTCP | StreamPeerTLS | null {
  const { method, url, httpVersion, rawHeaders } = request;
  let text = `${method} ${url} HTTP/${httpVersion}\r\n`;
  for (let at = 0; at < rawHeaders.length; at += 2) text += `${rawHeaders[at]}: ${rawHeaders[at + 1]}\r\n`;
  // Node reads the head's bytes as Latin-1, one character each.
  const bytes = Buffer.concat([Buffer.from(`${text}\r\n`, 'latin1'), head]);
  if (socket instanceof TLSSocket) return StreamPeerTLS.fromSocket(socket, bytes);
  return socket instanceof Socket ? StreamPeerTCP.fromSocket(socket, bytes) : null;
}
