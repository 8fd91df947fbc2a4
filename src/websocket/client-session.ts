import { domainToASCII } from 'node:url';
import { ErrorCode } from '../error-code.ts';
import type { Failure } from '../failure.ts';
import { ClientHandshake, hostHeader, type ParsedUrl } from '../protocol/index.ts';
import { type StreamPeer, StreamPeerTCP, StreamPeerTLS, type TLSOptions } from '../stream/index.ts';
import { nodePlatform } from './node-platform.ts';
import { extensionsOf } from './offered-extensions.ts';
import type { HandshakeResponse } from './peer-session.ts';
import type { PeerSettings } from './peer-settings.ts';
import { Session, type SessionContext } from './session.ts';

/** Where a client session gets its stream from: an address to dial, with TLS on top or without; or a stream that is there. */
type Way =
  | { readonly tcp: StreamPeerTCP; readonly host: string; readonly port: number; readonly tls: TLSOptions | null }
  | { readonly stream: StreamPeer };

/** The client's side: finds the server, puts TLS on top for `wss`, and asks for the upgrade. */
export class ClientSession extends Session {
  requestedUrl = '';
  response: HandshakeResponse | null = null;
  #response: HandshakeResponse | null = null;
  #handshake: ClientHandshake | null;
  readonly #way: Way;

  /** A session to the host of `url`, to be started; or why there can be none. */
  static connect(url: ParsedUrl, tlsOptions: TLSOptions, context: SessionContext): ClientSession | Failure {
    const host = asciiHost(url);
    const tls = url.secure ? tlsOptions : null;
    return ClientSession.#make(
      { tcp: new StreamPeerTCP(context.clock), host, port: url.port, tls },
      url,
      host,
      context,
    );
  }

  /** The same over a stream that is there already. */
  static over(stream: StreamPeer, url: ParsedUrl, context: SessionContext): ClientSession | Failure {
    return ClientSession.#make({ stream }, url, asciiHost(url), context);
  }

  static #make(way: Way, url: ParsedUrl, host: string, context: SessionContext): ClientSession | Failure {
    if (host === '') {
      return { code: 'TICKPEER_INVALID_URL', message: `The host name "${url.host}" cannot be written in ASCII.` };
    }
    const { settings } = context;
    const handshake = new ClientHandshake(
      {
        url,
        host: hostHeader(url, host),
        protocols: settings.supportedProtocols,
        headers: settings.handshakeHeaders,
        extensions: extensionsOf(settings),
        limits: { maxHeadSize: settings.maxHandshakeSize, maxHeaders: settings.maxHandshakeHeaders },
      },
      nodePlatform,
    );
    if (handshake.result.state === 'failed') return handshake.result.failure;
    return ClientSession.#dial(way, settings) ?? new ClientSession(handshake, way, context);
  }

  /** Begins to connect, where that is still to be done. */
  static #dial(way: Way, settings: PeerSettings): Failure | null {
    if (!('tcp' in way)) return null;
    way.tcp.connectTimeLimit = settings.connectTimeLimit / 1000;
    way.tcp.setNoDelay(settings.noDelay);
    if (way.tcp.connectToHost(way.host, way.port) === ErrorCode.OK) return null;
    return { code: 'TICKPEER_INVALID_URL', message: `The URL cannot be used: "${way.host}" is not a host.` };
  }

  private constructor(handshake: ClientHandshake, way: Way, context: SessionContext) {
    super('client', 'tcp' in way ? way.tcp : way.stream, context);
    this.#way = way;
    this.#handshake = handshake;
  }

  override get request(): null {
    return null;
  }

  protected override get knownUrl(): string {
    return this.requestedUrl;
  }

  protected override get farAddress(): string {
    return this.connectedHost;
  }

  protected override beginHandshake(): boolean {
    const way = this.#way;
    if ('tcp' in way && way.tls !== null && this.stream === way.tcp) {
      const tls = new StreamPeerTLS();
      this.wrapStream(tls);
      const result = tls.connectToStream(way.tcp, way.host, way.tls);
      if (result === ErrorCode.OK) {
        tls.setSink(this);
      } else {
        const failure = tls.getLastFailure();
        this.fail(failure ?? { code: 'TICKPEER_TLS', message: `TLS could not begin: ${ErrorCode[result]}` });
      }
      return false;
    }
    if (this.#handshake !== null) this.stream.write(this.#handshake.takeRequest());
    return true;
  }

  protected override receiveHandshake(chunk: Uint8Array): number {
    const handshake = this.#handshake;
    if (handshake === null) return 0;
    const taken = handshake.receive(chunk);
    const { result } = handshake;
    if (result.state === 'accepted') {
      this.#response = { status: result.status, headers: result.headers };
      this.#handshake = null;
      this.open(result.protocol, result.extensions);
    } else if (result.state === 'failed') {
      if (result.status !== null && result.headers !== null) {
        this.#response = { status: result.status, headers: result.headers };
      }
      this.tellHandshakeRefused(result.status, null, result.failure);
      this.fail(result.failure);
    }
    return taken;
  }

  protected override endFailedHandshake(): void {
    this.stream.destroy();
  }

  protected override showHandshake(): void {
    this.response = this.#response;
  }
}

/** The host as DNS, TLS and the `Host` header need it; empty when there is no such form. */
function asciiHost(url: ParsedUrl): string {
  return /^[\x20-\x7e]*$/.test(url.host) ? url.host : domainToASCII(url.host);
}
