import { once } from 'node:events';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import {
  type Identities,
  type JourneyServer,
  MAX_MESSAGE_SIZE,
  type PemPair,
  SUB_PROTOCOLS,
} from './journey-server.ts';
import { type Line, Script } from './script.ts';

/** The journey's server with the package `ws`. */
export async function startWsServer(identities: Identities): Promise<JourneyServer> {
  const script = new Script();
  const https = ({ key, certificate }: PemPair): Server => createHttpsServer({ key, cert: certificate });
  const refusing = createHttpServer((_request, response) => response.writeHead(404).end());
  const protocols = {
    handleProtocols: (asked: Set<string>) => SUB_PROTOCOLS.find((protocol) => asked.has(protocol)) ?? false,
  };
  const plain = new Scripted(script, createHttpServer());
  const all = [
    plain,
    new Scripted(script, createHttpServer(), protocols),
    new Scripted(script, https(identities.trusted)),
    new Scripted(script, https(identities.untrusted)),
  ];
  const [plainPort, protocolsPort, trustedPort, untrustedPort] = await Promise.all(all.map((one) => listen(one.http)));
  const refusingPort = await listen(refusing);
  return {
    addresses: {
      plain: `ws://127.0.0.1:${plainPort}`,
      protocols: `ws://127.0.0.1:${protocolsPort}`,
      refusing: `ws://127.0.0.1:${refusingPort}`,
      trusted: `wss://127.0.0.1:${trustedPort}`,
      untrusted: `wss://127.0.0.1:${untrustedPort}`,
    },
    burstMessages: () => script.burstMessages,
    unsentBytes: () => plain.unsentBytes(),
    stop() {
      for (const server of all) server.stop();
      refusing.close();
      refusing.closeAllConnections();
    },
  };
}

/** One `ws` server that follows the script. */
class Scripted {
  readonly http: Server;
  readonly #server: WebSocketServer;

  constructor(script: Script, http: Server, options: ServerOptions = {}) {
    this.http = http;
    this.#server = new WebSocketServer({ server: http, maxPayload: MAX_MESSAGE_SIZE, ...options });
    this.#server.on('connection', (socket, request) => {
      const part = script.part(request.url ?? '/');
      const line = lineOf(socket);
      socket.on('message', (data: Buffer, isBinary: boolean) => {
        part.received?.(line, isBinary ? data : data.toString());
      });
      socket.on('close', (code: number, reason: Buffer) => {
        part.closed?.(code === NO_CLOSE ? -1 : code, reason.toString());
      });
      socket.on('error', () => {}); // 'close' follows.
      part.opened?.(line);
    });
  }

  unsentBytes(): number {
    return [...this.#server.clients].reduce((sum, socket) => sum + socket.bufferedAmount, 0);
  }

  stop(): void {
    for (const socket of this.#server.clients) socket.terminate();
    this.#server.close();
    this.http.close();
    this.http.closeAllConnections();
  }
}

/** The code of `ws` for an end without a Close. */
const NO_CLOSE = 1006;

function lineOf(socket: WebSocket): Line {
  return {
    send: (message) => socket.send(message),
    close: (code, reason) => socket.close(code, reason),
    closeEmpty: () => socket.close(),
    drop: () => socket.terminate(),
  };
}

async function listen(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port; // an address of a TCP server is always an object
}
