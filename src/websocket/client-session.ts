import { domainToASCII } from 'node:url';
import type { Clock } from '../clock.ts';
import { ErrorCode } from '../error-code.ts';
import type { Failure } from '../failure.ts';
import { ClientHandshake, type HttpHeaders, hostHeader, type ParsedUrl } from '../protocol/index.ts';
import { StreamPeerTCP, StreamPeerTLS, type TLSOptions } from '../stream/index.ts';
import { nodePlatform } from './node-platform.ts';
import type { PeerSettings } from './peer-settings.ts';
import { Session, type SessionOwner } from './session.ts';

/** What the server answered to the opening handshake: `WebSocketPeer.getHandshakeResponse()`. */
export interface HandshakeResponse {
  /** 101 for a connection that opened. */
  readonly status: number;
  readonly headers: HttpHeaders;
}

/** The client's side: finds the server, puts TLS on top for `wss`, and asks for the upgrade. */
export class ClientSession extends Session {
  response: HandshakeResponse | null = null;
  readonly #handshake: ClientHandshake;
  readonly #host: string;
  readonly #tlsOptions: TLSOptions | null;
  readonly #tcp: StreamPeerTCP;

  /** A session under way, or why there can be none: nothing has been sent then. */
  static connect(
    url: ParsedUrl,
    tlsOptions: TLSOptions,
    settings: PeerSettings,
    clock: Clock,
    owner: SessionOwner,
  ): ClientSession | Failure {
    const host = /^[\x20-\x7e]*$/.test(url.host) ? url.host : domainToASCII(url.host);
    if (host === '') {
      return { code: 'TICKPEER_INVALID_URL', message: `The host name "${url.host}" cannot be written in ASCII.` };
    }
    const handshake = new ClientHandshake(
      {
        url,
        host: hostHeader(url, host),
        protocols: settings.supportedProtocols,
        headers: settings.handshakeHeaders,
        limits: { maxHeadSize: settings.maxHandshakeSize, maxHeaders: settings.maxHandshakeHeaders },
      },
      nodePlatform,
    );
    if (handshake.result.state === 'failed') return handshake.result.failure;
    const session = new ClientSession(handshake, host, url.secure ? tlsOptions : null, settings, clock, owner);
    return session.#start(url.port) ?? session;
  }

  private constructor(
    handshake: ClientHandshake,
    host: string,
    tlsOptions: TLSOptions | null,
    settings: PeerSettings,
    clock: Clock,
    owner: SessionOwner,
  ) {
    const tcp = new StreamPeerTCP();
    super('client', tcp, settings, clock, owner);
    this.#tcp = tcp;
    this.#handshake = handshake;
    this.#host = host;
    this.#tlsOptions = tlsOptions;
  }

  #start(port: number): Failure | null {
    this.#tcp.connectTimeLimit = this.settings.connectTimeLimit / 1000;
    this.#tcp.setNoDelay(this.settings.noDelay);
    const result = this.#tcp.connectToHost(this.#host, port);
    if (result !== ErrorCode.OK) {
      return (
        this.#tcp.getLastFailure() ?? {
          code: 'TICKPEER_CANT_CONNECT',
          message: `connecting to "${this.#host}" failed with ${ErrorCode[result]}`,
        }
      );
    }
    this.#tcp.setSink(this);
    return null;
  }

  protected override beginHandshake(): boolean {
    if (this.#tlsOptions !== null && this.stream === this.#tcp) {
      const tls = new StreamPeerTLS();
      this.wrapStream(tls);
      const result = tls.connectToStream(this.#tcp, this.#host, this.#tlsOptions);
      if (result === ErrorCode.OK) {
        tls.setSink(this);
      } else {
        const failure = tls.getLastFailure();
        this.fail(failure ?? { code: 'TICKPEER_TLS', message: `TLS could not begin: ${ErrorCode[result]}` });
      }
      return false;
    }
    this.stream.write(this.#handshake.takeRequest());
    return true;
  }

  protected override receiveHandshake(chunk: Uint8Array): number {
    const taken = this.#handshake.receive(chunk);
    const { result } = this.#handshake;
    if (result.state === 'accepted') {
      this.response = { status: result.status, headers: result.headers };
      this.open(result.protocol, result.extensions);
    } else if (result.state === 'failed') {
      if (result.status !== null && result.headers !== null) {
        this.response = { status: result.status, headers: result.headers };
      }
      this.fail(result.failure);
    }
    return taken;
  }

  protected override endFailedHandshake(): void {
    this.stream.destroy();
  }
}
