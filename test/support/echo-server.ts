import { onTestFinished } from 'vitest';
import { WebSocketServer, type WebSocketServerOptions } from '../../src/websocket/index.ts';

/** Sends every message back, text as text and bytes as bytes. */
export function echoOnWake(server: WebSocketServer): void {
  server.onWake = () => {
    server.poll();
    for (const peer of server.readyPeers()) for (const packet of peer.packets()) peer.send(packet);
  };
}

/** A WebSocket server at `/game` of an HTTP server, until the end of the test: each text comes back as `echo TEXT`. */
export function attachEcho(
  http: Parameters<WebSocketServer['attach']>[0],
  options: WebSocketServerOptions = {},
): WebSocketServer {
  const server = new WebSocketServer(options);
  onTestFinished(() => server[Symbol.dispose]());
  server.onWake = () => {
    server.poll();
    for (const peer of server.readyPeers()) for (const packet of peer.packets()) peer.sendText(`echo ${packet}`);
  };
  server.attach(http, { path: '/game' });
  return server;
}
