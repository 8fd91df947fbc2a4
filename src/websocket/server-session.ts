import type { Failure } from '../failure.ts';
import {
  type HandshakeRequest,
  readHandshakeRequest,
  ServerHandshake,
  type ServerHandshakeOptions,
} from '../protocol/index.ts';
import type { StreamPeer } from '../stream/index.ts';
import { nodePlatform } from './node-platform.ts';
import { extensionsOf } from './offered-extensions.ts';
import type { PeerSettings } from './peer-settings.ts';
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
  /** Null once the connection is open: of all that only the request's text is kept. */
  #handshake: ServerHandshake | null;
  #rule: RequestRule | null;
  /** Empty until the request is here. */
  #requestText = '';
  #isRequestShown = false;
  #request: HandshakeRequest | null = null;

  /** A session on `stream`, to be started; or why there can be none. */
  static on(stream: StreamPeer, rule: RequestRule | null, context: SessionContext): ServerSession | Failure {
    const handshake = new ServerHandshake(handshakeOptions(context.settings), nodePlatform);
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

  /** Read again when somebody asks for it: few do, and its text takes a fifth of the memory. */
  override get request(): HandshakeRequest | null {
    if (this.#isRequestShown) this.#request ??= readHandshakeRequest(this.#requestText);
    return this.#request;
  }

  override get requestedUrl(): string {
    const { request } = this;
    return request === null ? '' : `${this.stream.isEncrypted ? 'wss' : 'ws'}://${request.host}${request.target}`;
  }

  override get response(): null {
    return null;
  }

  protected override receiveHandshake(chunk: Uint8Array): number {
    const handshake = this.#handshake;
    if (handshake === null) return 0;
    const taken = handshake.receive(chunk);
    if (handshake.state === 'requested') this.#answer(handshake);
    if (handshake.state === 'refused') {
      const failure = handshake.failure;
      this.fail(failure ?? { code: 'TICKPEER_HANDSHAKE_REFUSED', message: 'the request was refused' });
    }
    return taken;
  }

  #answer(handshake: ServerHandshake): void {
    const { request } = handshake;
    this.#requestText = handshake.requestText;
    const refusal = request === null ? null : (this.#rule?.(request) ?? null);
    if (refusal !== null) handshake.refuse(refusal.status, { body: refusal.body });
    else handshake.accept();
    if (handshake.state !== 'accepted') return;
    this.stream.write(handshake.takeResponse());
    this.#handshake = null;
    this.#rule = null;
    this.open(handshake.protocol, handshake.extensions);
  }

  /** Turns away a client that is still in the handshake: with an answer, if it can hear one. */
  refuse({ status, body }: Refusal, failure: Failure): void {
    if (this.#handshake?.state === 'reading') this.#handshake.refuse(status, { body });
    this.fail(failure);
  }

  protected override showHandshake(): void {
    this.#isRequestShown = this.#requestText !== '';
  }

  protected override endFailedHandshake(): void {
    if (this.#handshake === null) return;
    if (this.#handshake.state === 'reading') {
      this.#handshake.refuse(408, { body: 'The request did not arrive in time.' });
    }
    const response = this.#handshake.takeResponse();
    if (response.length > 0) this.stream.write(response);
    this.lingerStream();
  }
}

/** One object for all peers of the same settings, so that it is looked at once. */
const optionsBySettings = new WeakMap<PeerSettings, ServerHandshakeOptions>();

function handshakeOptions(settings: PeerSettings): ServerHandshakeOptions {
  let options = optionsBySettings.get(settings);
  if (options === undefined) {
    options = {
      supportedProtocols: settings.supportedProtocols,
      headers: settings.handshakeHeaders,
      extensions: extensionsOf(settings),
      limits: { maxHeadSize: settings.maxHandshakeSize, maxHeaders: settings.maxHandshakeHeaders },
    };
    optionsBySettings.set(settings, options);
  }
  return options;
}
