import { NO_BYTES } from '../../bytes.ts';
import type { Failure } from '../../failure.ts';
import {
  type AcceptOptions,
  type HandshakeRequest,
  type HeadLimits,
  type RefuseOptions,
  readHandshakeRequest,
  ServerHandshake,
  type ServerHandshakeOptions,
} from '../../protocol/index.ts';
import { type AddressedStream, ByteQueue, isAddressed, type StreamPeer } from '../../stream/index.ts';
import { extensionsOf } from '../compression/negotiable-extensions.ts';
import { nodePlatform } from '../platform/node-platform.ts';
import { urlHost } from '../platform/url-host.ts';
import { headLimits, type PeerSettings } from '../settings/peer-settings.ts';
import { State } from '../state.ts';
import type { LimitHit } from './diagnostics.ts';
import type { Opening, OpeningSession } from './opening.ts';
import { isStreamGone } from './stream-ending.ts';

const NOT_ASKED: Failure = {
  code: 'TICKPEER_HANDSHAKE_REFUSED',
  message: 'the request no longer waits for an answer: it was decided, or its time was up, or the client has gone',
};

/** A response to a plain HTTP request. */
export interface PlainAnswer {
  readonly status: number;
  readonly body: string;
}

/** An HTTP response that is not 101. */
export interface Refusal {
  readonly status: number;
  /** One sentence, sent as the body. */
  readonly body: string;
  /** The sentence for the server's failure and its log, with details that the client does not get. Default: `body`. */
  readonly report?: string;
  /** The server's limit that was reached. */
  readonly limit?: LimitHit | undefined;
}

/**
 * What an opening asks and tells its server, from the event loop or inside calls of the user's.
 */
export interface HandshakeOwner {
  /**
   * Judges a valid request. Null accepts it, `'ask'` leaves it to the program. The opening's `connectedHost` is the other end of the
   * connection; the owner may set its `clientAddress`.
   */
  judge(request: HandshakeRequest, opening: ServerOpening): Refusal | 'ask' | null;
  /** The response to a GET or HEAD without an upgrade; null refuses the request as RFC 6455 says. */
  answerPlain(path: string): PlainAnswer | null;
  /** `size` more bytes came after a request that waits for the program. Returns null, or why the request is refused. */
  keepEarly(size: number): Refusal | null;
  /** The program accepts a request that it was asked about. */
  onAccepted(): void;
  /** The handshake has ended without a connection. `isPlain`: with the response of `answerPlain`, which is no failure. */
  onHandshakeEnd(isPlain: boolean): void;
}

/**
 * While a request waits for its response, the stream is read up to this many bytes. RFC 6455 4.1 forbids clients to send any; but only
 * reading shows that a client has disconnected.
 */
const EARLY_LIMIT = 65_536;

/** A server's opening: reads the request and sends the response. */
export class ServerOpening implements Opening {
  readonly role = 'server';
  readonly response: null = null;
  #session!: OpeningSession; // set by `join`, before all else
  /** The client's address, behind trusted proxies if there are any; empty until the owner sets it. */
  clientAddress = '';
  reachedLimit: keyof HeadLimits | null = null;
  /** Null once the connection is open: only the request's text is kept. */
  #handshake: ServerHandshake | null;
  /** Null without a server, and once the handshake has ended. */
  #owner: HandshakeOwner | null;
  /** Empty until the request has arrived. */
  #requestText = '';
  /** The program has to decide. */
  #isAsking = false;
  /** Bytes that came after the request while the program decides. */
  #early: ByteQueue | null = null;
  /** The response was that of `answerPlain`, which is no failure. */
  #isPlain = false;
  #isRequestShown = false;
  #request: HandshakeRequest | null = null;

  /** Fails where a header or a sub-protocol of `settings` cannot be sent. */
  static with(settings: PeerSettings, owner: HandshakeOwner | null): ServerOpening | Failure {
    const handshake = new ServerHandshake(handshakeOptions(settings), nodePlatform);
    return handshake.failure ?? new ServerOpening(handshake, owner);
  }

  private constructor(handshake: ServerHandshake, owner: HandshakeOwner | null) {
    this.#handshake = handshake;
    this.#owner = owner;
  }

  join(session: OpeningSession): void {
    this.#session = session;
  }

  onStreamOpen(): boolean {
    return true;
  }

  /** Parsed again on demand: few programs read it, and its text takes a fifth of the memory. */
  get request(): HandshakeRequest | null {
    if (this.#isRequestShown) this.#request ??= readHandshakeRequest(this.#requestText);
    return this.#request;
  }

  get requestedUrl(): string {
    return this.#urlOf(this.request);
  }

  /** Known before a poll shows it; does not keep the parsed request. */
  get knownUrl(): string {
    const text = this.#requestText;
    return this.#urlOf(this.#request ?? (text === '' ? null : readHandshakeRequest(text)));
  }

  #urlOf(request: HandshakeRequest | null): string {
    return request === null ? '' : `${this.scheme}://${urlHost(request.host)}${request.target}`;
  }

  get addressedStream(): AddressedStream | null {
    const { stream } = this.#session;
    return isAddressed(stream) ? stream : null;
  }

  /** The IP address at the other end of the connection. */
  get connectedHost(): string {
    return this.#session.connectedHost;
  }

  get scheme(): 'ws' | 'wss' {
    return this.#session.stream.isEncrypted ? 'wss' : 'ws';
  }

  receive(chunk: Uint8Array): number {
    const handshake = this.#handshake;
    if (handshake === null) return 0;
    if (this.#isAsking) return this.#keepEarly(handshake, chunk);
    const taken = handshake.receive(chunk);
    if (handshake.state === 'requested') this.#answer(handshake);
    if (this.#isAsking) return taken + this.#keepEarly(handshake, chunk.subarray(taken));
    if (handshake.state === 'refused') {
      this.reachedLimit = handshake.reachedLimit;
      this.#answerPlain(handshake);
      const failure = handshake.failure;
      this.#session.fail(failure ?? { code: 'TICKPEER_HANDSHAKE_REFUSED', message: 'the request was refused' });
    }
    return taken;
  }

  #answer(handshake: ServerHandshake): void {
    const { request } = handshake;
    this.#requestText = handshake.requestText;
    const verdict = request === null ? null : (this.#owner?.judge(request, this) ?? null);
    if (verdict === 'ask') {
      this.#isAsking = true;
      this.#session.wake();
      return;
    }
    if (verdict !== null) this.#refuse(handshake, verdict);
    else handshake.accept();
    if (handshake.state === 'accepted') this.#admit(handshake);
  }

  #admit(handshake: ServerHandshake): void {
    this.#session.stream.write(handshake.takeResponse());
    this.#handshake = null;
    if (this.#isAsking) this.#owner?.onAccepted();
    this.#owner = null;
    this.#isAsking = false;
    this.#session.open(handshake.protocol, handshake.extensions);
  }

  #keepEarly(handshake: ServerHandshake, bytes: Uint8Array): number {
    if (bytes.length === 0) return 0;
    const refusal = this.#owner?.keepEarly(bytes.length) ?? null;
    if (refusal !== null) {
      this.#refuse(handshake, refusal);
      this.#session.fail(handshake.failure ?? NOT_ASKED);
      return bytes.length;
    }
    this.#early ??= new ByteQueue();
    this.#early.append(bytes);
    if (this.#early.size >= EARLY_LIMIT) this.#session.stream.pauseReading();
    return bytes.length;
  }

  /** A GET or HEAD without an upgrade may get a response of the owner's. */
  #answerPlain(handshake: ServerHandshake): void {
    const { plainPath } = handshake;
    const answer = plainPath === null ? null : (this.#owner?.answerPlain(plainPath) ?? null);
    if (answer !== null) handshake.answerPlain(answer.status, answer.body);
    this.#isPlain = answer !== null;
  }

  /** Bytes of the request. */
  get requestSize(): number {
    return this.#requestText.length;
  }

  /** The stream of the connection. */
  get carrier(): StreamPeer {
    return this.#session.stream;
  }

  /** The request that waits for the program's decision; null when none does. */
  get askedRequest(): HandshakeRequest | null {
    const { state, isOverUnseen } = this.#session;
    const isWaiting = this.#isAsking && state === State.STATE_CONNECTING && !isOverUnseen;
    return isWaiting ? (this.#handshake?.request ?? null) : null;
  }

  /** The program accepts the request. Returns null, or why that cannot be done; then it still waits, unless it was refused for that. */
  acceptAsked(options: AcceptOptions): Failure | null {
    const handshake = this.#handshake;
    if (handshake === null || this.askedRequest === null) return NOT_ASKED;
    const failure = handshake.accept(options);
    if (handshake.state === 'refused') this.#endAsked(failure ?? NOT_ASKED);
    if (handshake.state !== 'accepted') return failure;
    this.#admit(handshake);
    this.#session.stream.resumeReading();
    const early = this.#early;
    this.#early = null;
    const session = this.#session;
    session.inCall(() => {
      session.onStreamData(early === null ? NO_BYTES : early.take(early.size));
      session.wake();
    });
    return null;
  }

  /** The program refuses the request. Returns as `acceptAsked`. */
  rejectAsked(status: number, options: RefuseOptions): Failure | null {
    const handshake = this.#handshake;
    if (handshake === null || this.askedRequest === null) return NOT_ASKED;
    const failure = handshake.refuse(status, options);
    if (failure === null) this.#endAsked(handshake.failure ?? NOT_ASKED);
    return failure;
  }

  #endAsked(failure: Failure): void {
    this.#session.stream.resumeReading();
    this.#session.inCall(() => this.#session.fail(failure));
  }

  /** Frees everything of the handshake but the request's text. */
  end(): void {
    const owner = this.#owner;
    this.#owner = null;
    this.#isAsking = false;
    this.#early = null;
    this.#handshake = null;
    owner?.onHandshakeEnd(this.#isPlain);
  }

  /** Refuses a client that is still in the handshake, with a response if the stream is open. */
  refuse(refusal: Refusal, failure: Failure): void {
    const handshake = this.#handshake;
    if (handshake?.state === 'reading' || handshake?.state === 'requested') this.#refuse(handshake, refusal);
    else this.#session.observer.tellRefusedBy(refusal.limit);
    this.#session.fail(failure);
  }

  #refuse(handshake: ServerHandshake, { status, body, report, limit }: Refusal): void {
    this.#session.observer.tellRefusedBy(limit);
    handshake.refuse(status, { body }, report);
  }

  show(): void {
    this.#isRequestShown = this.#requestText !== '';
  }

  answerFailure(failure: Failure): boolean {
    const handshake = this.#handshake;
    if (handshake === null) return false;
    if (handshake.state === 'reading') {
      handshake.refuse(408, { body: 'The request did not arrive in time.' });
    } else if (handshake.state === 'requested') {
      handshake.refuse(503, { body: 'The server did not decide in time.' });
    }
    const response = handshake.takeResponse();
    if (response.length > 0) this.#session.stream.write(response);
    // After the stream is gone, no response arrives.
    if (!this.#isPlain && !isStreamGone(failure))
      this.#session.observer.tellHandshakeRefused(handshake.refusedWith, handshake.request, failure);
    return true;
  }
}

/** One object for all peers of the same settings, which is checked once. */
const optionsBySettings = new WeakMap<PeerSettings, ServerHandshakeOptions>();

function handshakeOptions(settings: PeerSettings): ServerHandshakeOptions {
  let options = optionsBySettings.get(settings);
  if (options === undefined) {
    options = {
      supportedProtocols: settings.supportedProtocols,
      headers: settings.handshakeHeaders,
      extensions: extensionsOf(settings.compression),
      limits: headLimits(settings),
    };
    optionsBySettings.set(settings, options);
  }
  return options;
}
