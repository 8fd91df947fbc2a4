import type { Failure } from '../failure.ts';
import { type HandshakeRequest, ServerHandshake } from '../protocol/index.ts';
import type { StreamPeer } from '../stream/index.ts';
import { nodePlatform } from './node-platform.ts';
import { extensionsOf } from './offered-extensions.ts';
import { Session, type SessionContext } from './session.ts';

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
  #request: HandshakeRequest | null = null;
  readonly #handshake: ServerHandshake;
  readonly #rule: RequestRule | null;

  /** A session on `stream`, to be started; or why there can be none. */
  static on(stream: StreamPeer, rule: RequestRule | null, context: SessionContext): ServerSession | Failure {
    const { settings } = context;
    const handshake = new ServerHandshake(
      {
        supportedProtocols: settings.supportedProtocols,
        headers: settings.handshakeHeaders,
        extensions: extensionsOf(settings),
        limits: { maxHeadSize: settings.maxHandshakeSize, maxHeaders: settings.maxHandshakeHeaders },
      },
      nodePlatform,
    );
    return handshake.failure ?? new ServerSession(handshake, stream, rule, context);
  }

  private constructor(
    handshake: ServerHandshake,
    stream: StreamPeer,
    rule: RequestRule | null,
    context: SessionContext,
  ) {
    super('server', stream, context);
    this.#handshake = handshake;
    this.#rule = rule;
  }

  protected override beginHandshake(): boolean {
    return true;
  }

  protected override receiveHandshake(chunk: Uint8Array): number {
    const handshake = this.#handshake;
    const taken = handshake.receive(chunk);
    if (handshake.state === 'requested') this.#answer();
    if (handshake.state === 'refused') {
      const failure = handshake.failure;
      this.fail(failure ?? { code: 'TICKPEER_HANDSHAKE_REFUSED', message: 'the request was refused' });
    }
    return taken;
  }

  #answer(): void {
    const handshake = this.#handshake;
    this.#request = handshake.request;
    const refusal = this.#request === null ? null : (this.#rule?.(this.#request) ?? null);
    if (refusal !== null) handshake.refuse(refusal.status, { body: refusal.body });
    else handshake.accept();
    if (handshake.state !== 'accepted') return;
    this.stream.write(handshake.takeResponse());
    this.open(handshake.protocol, handshake.extensions);
  }

  /** Turns away a client that is still in the handshake: with an answer, if it can hear one. */
  refuse({ status, body }: Refusal, failure: Failure): void {
    if (this.#handshake.state === 'reading') this.#handshake.refuse(status, { body });
    this.fail(failure);
  }

  protected override showHandshake(): void {
    if (this.request !== null || this.#request === null) return;
    this.request = this.#request;
    this.requestedUrl = `${this.stream.isEncrypted ? 'wss' : 'ws'}://${this.request.host}${this.request.target}`;
  }

  protected override endFailedHandshake(): void {
    if (this.#handshake.state === 'reading') {
      this.#handshake.refuse(408, { body: 'The request did not arrive in time.' });
    }
    const response = this.#handshake.takeResponse();
    if (response.length > 0) this.stream.write(response);
    this.lingerStream();
  }
}
