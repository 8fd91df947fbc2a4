import { Crypto, ErrorCode, type StopResult, TLSOptions, WebSocketServer, type WebSocketServerOptions } from 'tickpeer';
import type { WantedPort } from '../options.js';
import { ChatRoom } from './chat-room.js';

/** A chat that can be joined with TLS and without. */
export interface ChatServers {
  readonly url: string;
  readonly secureUrl: string;
  /** The certificate that a client must trust for `secureUrl`. */
  readonly clientTls: TLSOptions;
  /** Resolves to the result when all peers have disconnected. */
  readonly stop: () => Promise<readonly StopResult[]>;
}

/** Two servers, one plain and one over TLS, with one chat room on them, ticking 60 times a second until it is stopped. */
export async function openChat(
  options: WebSocketServerOptions,
  port: WantedPort,
  tlsPort: WantedPort,
): Promise<ChatServers> {
  const crypto = new Crypto();
  const key = crypto.generateEc();
  const certificate = await crypto.generateSelfSignedCertificate(key, 'CN=localhost', undefined, undefined, {
    subjectAltNames: ['localhost', '127.0.0.1', '::1'],
  });
  const plain = new WebSocketServer(options);
  const secure = new WebSocketServer(options);
  const url = `ws://127.0.0.1:${listen(plain, port, null)}`;
  const secureUrl = `wss://127.0.0.1:${listen(secure, tlsPort, TLSOptions.server(key, certificate))}`;
  const room = new ChatRoom([plain, secure]);
  const servers = [plain, secure];
  const stopped = new Promise<readonly StopResult[]>((resolve) => {
    const ticks = setInterval(() => {
      room.tick();
      const results = servers.map((server) => server.getStopResult()).filter((result) => result !== null);
      if (results.length < servers.length) return;
      clearInterval(ticks);
      resolve(results);
    }, 1000 / 60);
  });
  const stop = (): Promise<readonly StopResult[]> => {
    for (const server of servers) server.stop({ timeLimit: 2, reason: 'the chat closes' });
    return stopped;
  };
  return { url, secureUrl, clientTls: TLSOptions.client(certificate), stop };
}

/** Returns the port: the given one; or a free one, if none was given and the default is taken. */
function listen(server: WebSocketServer, { port, isGiven }: WantedPort, tls: TLSOptions | null): number {
  let result = server.listen(port, '*', tls);
  if (result === ErrorCode.ERR_ALREADY_IN_USE && !isGiven) result = server.listen(0, '*', tls);
  if (result !== ErrorCode.OK) throw new Error(server.getLastFailure()?.message);
  return server.getLocalPort();
}
