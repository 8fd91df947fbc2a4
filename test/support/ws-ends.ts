import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { type ClientOptions, type ServerOptions, WebSocket, WebSocketServer } from 'ws';

/** The events at an end of the `ws` package. */
export interface WsEnd {
  readonly socket: WebSocket;
  readonly request: IncomingMessage | null;
  /** Text as a string, the rest as bytes. */
  readonly messages: (string | Uint8Array)[];
  readonly pings: string[];
  readonly pongs: string[];
  readonly errors: Error[];
  closed: { code: number; reason: string } | null;
}

export function observe(socket: WebSocket, request: IncomingMessage | null = null): WsEnd {
  const end: WsEnd = { socket, request, messages: [], pings: [], pongs: [], errors: [], closed: null };
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    end.messages.push(isBinary ? new Uint8Array(data) : data.toString());
  });
  socket.on('ping', (data: Buffer) => end.pings.push(data.toString()));
  socket.on('pong', (data: Buffer) => end.pongs.push(data.toString()));
  socket.on('error', (error) => end.errors.push(error));
  socket.on('close', (code: number, reason: Buffer) => {
    end.closed = { code, reason: reason.toString() };
  });
  return end;
}

export interface WsServer {
  readonly port: number;
  readonly url: string;
  readonly server: WebSocketServer;
  readonly ends: WsEnd[];
}

/** A `ws` server on 127.0.0.1, or over `http` (not listening yet), that ends with the test. */
export async function startWsServer(options: Partial<ServerOptions> = {}, http?: Server): Promise<WsServer> {
  const server = new WebSocketServer(
    http === undefined ? { host: '127.0.0.1', port: 0, ...options } : { server: http, ...options },
  );
  const ends: WsEnd[] = [];
  server.on('connection', (socket, request) => ends.push(observe(socket, request)));
  onTestFinished(() => {
    for (const client of server.clients) client.terminate();
    server.close();
    http?.close();
    http?.closeAllConnections();
  });
  if (http === undefined) await once(server, 'listening');
  else await once(http.listen(0, '127.0.0.1'), 'listening');
  // An address of a TCP server is always an object.
  const { port } = server.address() as AddressInfo;
  return { port, url: `ws://127.0.0.1:${port}`, server, ends };
}

/** A `ws` client that is connecting. It ends with the test. */
export function dialWs(url: string, protocols: string[] = [], options: ClientOptions = {}): WsEnd {
  const socket = new WebSocket(url, protocols, options);
  onTestFinished(() => socket.terminate());
  return observe(socket);
}

export function isWsOpen(end: WsEnd): boolean {
  return end.socket.readyState === WebSocket.OPEN;
}
