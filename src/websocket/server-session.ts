import type { Failure } from '../failure.ts';
import {
  type AcceptOptions,
  type HandshakeRequest,
  type RefuseOptions,
  readHandshakeRequest,
  ServerHandshake,
  type ServerHandshakeOptions,
} from '../protocol/index.ts';
import { ByteQueue, type StreamPeer } from '../stream/index.ts';
import type { LimitHit } from './diagnostics.ts';
import { isStreamGone } from './farewell.ts';
import { nodePlatform } from './node-platform.ts';
import { extensionsOf } from './offered-extensions.ts';
import type { PeerSettings } from './peer-settings.ts';
import { Session } from './session.ts';
import type { SessionContext } from './session-context.ts';
import { State } from './state.ts';

const NO_BYTES = new Uint8Array(0);
const NOT_ASKED: Failure = {
  code: 'TICKPEER_HANDSHAKE_REFUSED',
  message: 'the request no longer waits for an answer: it was decided, or its time was up, or the client has gone',
};

/** An HTTP answer that is not 101. */
export interface Refusal {
  readonly status: number;
  /** One sentence, sent as the body. */
  readonly body: string;
  /** The server's limit that it was refused for. */
  readonly limit?: LimitHit | undefined;
}

/**
 * Judges a request that the protocol finds no fault with: null lets it in, `'ask'` leaves it to the program. The session's
 * `connectedHost` is where the connection comes from; the rule may find out its `clientAddress`.
 */
export type RequestRule = (request: HandshakeRequest, session: ServerSession) => Refusal | 'ask' | null;

/**
 * Bytes behind a request that is not answered yet, from which on the stream is not read. No client that keeps to RFC 6455 4.1 sends
 * any; but only a stream that is read tells that the client has gone.
 */
const EARLY_LIMIT = 65_536;

/** The server's side: reads the request and answers it. */
export class ServerSession extends Session {
  /** Where the client is, behind trusted proxies if there are any; empty as long as nobody has found out. */
  clientAddress = '';
  /** Null once the connection is open: of all that only the request's text is kept. */
  #handshake: ServerHandshake | null;
  #rule: RequestRule | null;
  /** Empty until the request is here. */
  #requestText = '';
  /** The program is to decide. */
  #isAsking = false;
  /** What came behind the request meanwhile. */
  #early: ByteQueue | null = null;
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
    return this.#urlOf(this.request);
  }

  /** Also before it is shown; and no request is kept for it. */
  protected override get knownUrl(): string {
    const text = this.#requestText;
    return this.#urlOf(this.#request ?? (text === '' ? null : readHandshakeRequest(text)));
  }

  #urlOf(request: HandshakeRequest | null): string {
    return request === null ? '' : `${this.scheme}://${request.host}${request.target}`;
  }

  protected override get farAddress(): string {
    return this.clientAddress === '' ? this.connectedHost : this.clientAddress;
  }

  get scheme(): 'ws' | 'wss' {
    return this.stream.isEncrypted ? 'wss' : 'ws';
  }

  override get response(): null {
    return null;
  }

  protected override receiveHandshake(chunk: Uint8Array): number {
    const handshake = this.#handshake;
    if (handshake === null) return 0;
    if (this.#isAsking) return this.#keepEarly(chunk);
    const taken = handshake.receive(chunk);
    if (handshake.state === 'requested') this.#answer(handshake);
    if (this.#isAsking) return taken + this.#keepEarly(chunk.subarray(taken));
    if (handshake.state === 'refused') {
      const failure = handshake.failure;
      this.fail(failure ?? { code: 'TICKPEER_HANDSHAKE_REFUSED', message: 'the request was refused' });
    }
    return taken;
  }

  #answer(handshake: ServerHandshake): void {
    const { request } = handshake;
    this.#requestText = handshake.requestText;
    const verdict = request === null ? null : (this.#rule?.(request, this) ?? null);
    if (verdict === 'ask') {
      this.#isAsking = true;
      this.wake();
      return;
    }
    if (verdict !== null) this.#refuse(handshake, verdict);
    else handshake.accept();
    if (handshake.state === 'accepted') this.#admit(handshake);
  }

  #admit(handshake: ServerHandshake): void {
    this.stream.write(handshake.takeResponse());
    this.#handshake = null;
    this.#rule = null;
    this.#isAsking = false;
    this.open(handshake.protocol, handshake.extensions);
  }

  #keepEarly(bytes: Uint8Array): number {
    if (bytes.length === 0) return 0;
    this.#early ??= new ByteQueue();
    this.#early.append(bytes);
    if (this.#early.size >= EARLY_LIMIT) this.stream.pauseReading();
    return bytes.length;
  }

  /** What carries the connection. */
  get carrier(): StreamPeer {
    return this.stream;
  }

  /** The request that waits for the program's answer; null when none does. */
  get askedRequest(): HandshakeRequest | null {
    return this.#isAsking && this.state === State.STATE_CONNECTING && !this.isOverUnseen
      ? (this.#handshake?.request ?? null)
      : null;
  }

  /** The program lets it in. Null, or why that cannot be done: then it still waits, unless it was refused for it. */
  acceptAsked(options: AcceptOptions): Failure | null {
    const handshake = this.#handshake;
    if (handshake === null || this.askedRequest === null) return NOT_ASKED;
    const failure = handshake.accept(options);
    if (handshake.state === 'refused') this.#endAsked(failure ?? NOT_ASKED);
    if (handshake.state !== 'accepted') return failure;
    this.#admit(handshake);
    this.stream.resumeReading();
    const early = this.#early;
    this.#early = null;
    this.goOnWith(early === null ? NO_BYTES : early.take(early.size));
    return null;
  }

  /** The program turns it away. Returns as `acceptAsked`. */
  rejectAsked(status: number, options: RefuseOptions): Failure | null {
    const handshake = this.#handshake;
    if (handshake === null || this.askedRequest === null) return NOT_ASKED;
    const failure = handshake.refuse(status, options);
    if (failure === null) this.#endAsked(handshake.failure ?? NOT_ASKED);
    return failure;
  }

  #endAsked(failure: Failure): void {
    this.#isAsking = false;
    this.stream.resumeReading();
    this.failInCall(failure);
  }

  /** Turns away a client that is still in the handshake: with an answer, if it can hear one. */
  refuse(refusal: Refusal, failure: Failure): void {
    const handshake = this.#handshake;
    if (handshake?.state === 'reading' || handshake?.state === 'requested') this.#refuse(handshake, refusal);
    else this.tellRefusedBy(refusal.limit);
    this.fail(failure);
  }

  #refuse(handshake: ServerHandshake, { status, body, limit }: Refusal): void {
    this.tellRefusedBy(limit);
    handshake.refuse(status, { body });
  }

  protected override showHandshake(): void {
    this.#isRequestShown = this.#requestText !== '';
  }

  protected override endFailedHandshake(failure: Failure): void {
    const handshake = this.#handshake;
    if (handshake === null) return;
    if (handshake.state === 'reading') {
      handshake.refuse(408, { body: 'The request did not arrive in time.' });
    } else if (handshake.state === 'requested') {
      handshake.refuse(503, { body: 'The server did not decide in time.' });
    }
    const response = handshake.takeResponse();
    if (response.length > 0) this.stream.write(response);
    // Whoever has hung up hears nothing, whatever is written.
    if (!isStreamGone(failure)) this.tellHandshakeRefused(handshake.refusedWith, handshake.request, failure);
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
