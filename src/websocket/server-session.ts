import type { Clock } from '../clock.ts';
import type { Failure } from '../failure.ts';
import { type HandshakeRequest, ServerHandshake } from '../protocol/index.ts';
import type { StreamPeer } from '../stream/index.ts';
import { extensionsOf } from './compression.ts';
import { nodePlatform } from './node-platform.ts';
import type { PeerSettings } from './peer-settings.ts';
import { Session, type SessionOwner } from './session.ts';

/** An HTTP answer that is not 101. */
export interface Refusal {
  readonly status: number;
  /** One sentence, sent as the body. */
  readonly body: string;
}

/** Judges a request that the protocol finds no fault with: null lets it in. */
export type RequestRule = (request: HandshakeRequest) => Refusal | null;

/** The server's side: reads the request and answers it. */
export class ServerSession extends Session {
  request: HandshakeRequest | null = null;
  readonly #handshake: ServerHandshake;
  readonly #rule: RequestRule | null;

  /** A session under way on `stream`, which is taken over; or why there can be none, and the stream is untouched. */
  static accept(
    stream: StreamPeer,
    settings: PeerSettings,
    clock: Clock,
    owner: SessionOwner,
    rule: RequestRule | null,
  ): ServerSession | Failure {
    const handshake = new ServerHandshake(
      {
        supportedProtocols: settings.supportedProtocols,
        headers: settings.handshakeHeaders,
        extensions: extensionsOf(settings),
        limits: { maxHeadSize: settings.maxHandshakeSize, maxHeaders: settings.maxHandshakeHeaders },
      },
      nodePlatform,
    );
    if (handshake.failure !== null) return handshake.failure;
    const session = new ServerSession(handshake, stream, settings, clock, owner, rule);
    stream.setSink(session);
    return session;
  }

  private constructor(
    handshake: ServerHandshake,
    stream: StreamPeer,
    settings: PeerSettings,
    clock: Clock,
    owner: SessionOwner,
    rule: RequestRule | null,
  ) {
    super('server', stream, settings, clock, owner);
    this.#handshake = handshake;
    this.#rule = rule;
  }

  /** Scheme, host as the client named it, path and query; empty before the request has arrived. */
  get requestedUrl(): string {
    if (this.request === null) return '';
    return `${this.stream.isEncrypted ? 'wss' : 'ws'}://${this.request.host}${this.request.target}`;
  }

  protected override beginHandshake(): boolean {
    return true;
  }

  protected override receiveHandshake(chunk: Uint8Array): number {
    const handshake = this.#handshake;
    const taken = handshake.receive(chunk);
    if (handshake.state === 'requested') this.#answer();
    if (handshake.state === 'refused') {
      this.stream.write(handshake.takeResponse());
      const failure = handshake.failure;
      this.fail(failure ?? { code: 'TICKPEER_HANDSHAKE_REFUSED', message: 'the request was refused' });
    }
    return taken;
  }

  #answer(): void {
    const handshake = this.#handshake;
    this.request = handshake.request;
    const refusal = this.request === null ? null : (this.#rule?.(this.request) ?? null);
    if (refusal !== null) handshake.refuse(refusal.status, { body: refusal.body });
    else handshake.accept();
    if (handshake.state !== 'accepted') return;
    this.stream.write(handshake.takeResponse());
    this.open(handshake.protocol, handshake.extensions);
  }

  protected override endFailedHandshake(): void {
    if (this.#handshake.state === 'reading') {
      this.#handshake.refuse(408, { body: 'The request did not arrive in time.' });
      this.stream.write(this.#handshake.takeResponse());
    }
    this.lingerStream();
  }
}
