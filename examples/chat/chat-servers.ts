import { Crypto, ErrorCode, TLSOptions, WebSocketServer, type WebSocketServerOptions } from 'tickpeer';
import { ChatRoom } from './chat-room.js';

/** A chat that can be joined with TLS and without. */
export interface ChatServers {
  readonly url: string;
  readonly secureUrl: string;
  /** What a client trusts to get in at `secureUrl`. */
  readonly clientTls: TLSOptions;
  readonly stop: () => void;
}

/** Two servers, one plain and one over TLS, with one chat room on them, ticking 60 times a second until it is stopped. */
export async function openChat(options: WebSocketServerOptions, port: number, tlsPort: number): Promise<ChatServers> {
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
  const ticks = setInterval(() => {
    room.tick();
    if (plain.isStopped() && secure.isStopped()) clearInterval(ticks);
  }, 1000 / 60);
  const stop = (): void => {
    for (const server of [plain, secure]) server.stop({ timeLimit: 2, reason: 'the chat closes' });
  };
  return { url, secureUrl, clientTls: TLSOptions.client(certificate), stop };
}

/** The port asked for, or a free one if that is taken. */
function listen(server: WebSocketServer, port: number, tls: TLSOptions | null): number {
  let result = server.listen(port, '*', tls);
  if (result === ErrorCode.ERR_ALREADY_IN_USE) result = server.listen(0, '*', tls);
  if (result !== ErrorCode.OK) throw new Error(`cannot listen on ${port}: ${server.getLastFailure()?.message}`);
  return server.getLocalPort();
}
