import {
  CryptoKey,
  ErrorCode,
  type StreamPeerTCP,
  TCPServer,
  TLSOptions,
  WebSocketPeer,
  WebSocketServer,
  type WebSocketServerOptions,
  X509Certificate,
} from 'tickpeer';
import {
  type Identities,
  type JourneyServer,
  MAX_MESSAGE_SIZE,
  type PemPair,
  SUB_PROTOCOLS,
} from './journey-server.ts';
import { type Line, type Part, Script } from './script.ts';

/** The journey's server with `WebSocketServer`, polled by `onWake`. */
export function startOurServer(identities: Identities): JourneyServer {
  const script = new Script();
  const plain = new Scripted(script);
  const protocols = new Scripted(script, { supportedProtocols: SUB_PROTOCOLS });
  const refusing = new Scripted(script, { path: '/none-but-this' });
  const trusted = new Scripted(script);
  const untrusted = new Scripted(script);
  return {
    addresses: {
      plain: `ws://127.0.0.1:${plain.listenByHand()}`,
      protocols: `ws://127.0.0.1:${protocols.listen()}`,
      refusing: `ws://127.0.0.1:${refusing.listen()}`,
      trusted: `wss://127.0.0.1:${trusted.listen(tlsOptions(identities.trusted))}`,
      untrusted: `wss://127.0.0.1:${untrusted.listen(tlsOptions(identities.untrusted))}`,
    },
    burstMessages: () => script.burstMessages,
    unsentBytes: () => plain.unsentBytes(),
    stop() {
      for (const server of [plain, protocols, refusing, trusted, untrusted]) server.stop();
    },
  };
}

/** One `WebSocketServer` that follows the script. */
class Scripted {
  readonly #script: Script;
  readonly #server: WebSocketServer;
  readonly #tcpServer = new TCPServer();
  readonly #lines = new Map<WebSocketPeer, Line & { readonly part: Part }>();
  /** By the client's port: the bare stream, which a Close without a code needs. */
  readonly #streams = new Map<number, StreamPeerTCP>();

  constructor(script: Script, options: WebSocketServerOptions = {}) {
    this.#script = script;
    this.#server = new WebSocketServer({
      allowedOrigins: '*',
      inboundBufferSize: MAX_MESSAGE_SIZE,
      outboundBufferSize: 0,
      maxQueuedPackets: 1_000_000,
      ...options,
    });
    this.#server.onWake = () => this.#tick();
  }

  listen(tls: TLSOptions | null = null): number {
    expectOk(this.#server.listen(0, '127.0.0.1', tls), this.#server.getLastFailure()?.message);
    return this.#server.getLocalPort();
  }

  /** The same with `TCPServer`, which accepts the connections. */
  listenByHand(): number {
    expectOk(this.#tcpServer.listen(0, '127.0.0.1'), this.#tcpServer.getLastFailure()?.message);
    this.#tcpServer.onConnection = () => {
      for (let tcp = this.#tcpServer.takeConnection(); tcp !== null; tcp = this.#tcpServer.takeConnection()) {
        this.#streams.set(tcp.getConnectedPort(), tcp);
        expectOk(this.#server.acceptStream(tcp), this.#server.getLastFailure()?.message);
      }
    };
    return this.#tcpServer.getLocalPort();
  }

  unsentBytes(): number {
    return [...this.#lines.keys()].reduce((sum, peer) => sum + peer.getCurrentOutboundBufferedAmount(), 0);
  }

  stop(): void {
    this.#tcpServer.stop();
    this.#server[Symbol.dispose]();
  }

  #tick(): void {
    this.#server.poll();
    for (let peer = this.#server.takePeer(); peer !== null; peer = this.#server.takePeer()) this.#lineOf(peer);
    for (const peer of this.#server.readyPeers()) {
      const line = this.#lineOf(peer);
      for (const packet of peer.packets()) line.part.received?.(line, packet);
      if (peer.getReadyState() !== WebSocketPeer.STATE_CLOSED) continue;
      this.#lines.delete(peer);
      line.part.closed?.(peer.getCloseCode(), peer.getCloseReason());
    }
  }

  /** Starts the script that the peer's URL asks for. */
  #lineOf(peer: WebSocketPeer): Line & { readonly part: Part } {
    const known = this.#lines.get(peer);
    if (known !== undefined) return known;
    const line = {
      part: this.#script.part(peer.getRequestedUrl()),
      send: (message: string | Uint8Array) =>
        void (typeof message === 'string' ? peer.sendText(message) : peer.send(message)),
      close: (code: number, reason: string) => peer.close(code, reason),
      closeEmpty: () => closeEmpty(this.#streams.get(peer.getConnectedPort())),
      drop: () => peer.close(-1),
    };
    this.#lines.set(peer, line);
    line.part.opened?.(line);
    return line;
  }
}

/** Takes the stream from its peer, which would respond to the Close in response. */
function closeEmpty(stream: StreamPeerTCP | undefined): void {
  stream?.setSink({
    onStreamOpen() {},
    onStreamData: () => stream.end(),
    onStreamDrain() {},
    onStreamEnd: () => stream.destroy(),
    onStreamFailure: () => stream.destroy(),
  });
  stream?.write(Uint8Array.of(0x88, 0x00));
}

function tlsOptions({ key, certificate }: PemPair): TLSOptions {
  const ownKey = new CryptoKey();
  const ownCertificate = new X509Certificate();
  expectOk(ownKey.loadFromString(key), 'the key cannot be read');
  expectOk(ownCertificate.loadFromString(certificate), 'the certificate cannot be read');
  return TLSOptions.server(ownKey, ownCertificate);
}

function expectOk(result: ErrorCode, why: string | undefined): void {
  if (result !== ErrorCode.OK) throw new Error(`${ErrorCode[result]}: ${why}`);
}
