import { NO_BYTES } from '../../bytes.ts';
import { type Failure, isFailure } from '../../failure.ts';
import { answerOffers, type Extension, type ExtensionFactory } from '../extension.ts';
import { checkProtocols, formatExtensions, type HeaderLine, parseHeaderLines, quote } from '../http/header-grammar.ts';
import { encodeHead, type HeadLimits, HeadReader, parseRequestLine } from '../http/http-head.ts';
import { statusLine, statusName } from '../http/status-line.ts';
import type { Platform } from '../platform.ts';
import { acceptKey } from './accept-key.ts';
import { type HandshakeRequest, type Refusal, readRequest, readTarget } from './handshake-request.ts';

/** Checked once for each object: one that is used for several handshakes must not change in between. */
export interface ServerHandshakeOptions {
  /** Supported sub-protocols. Default: none, and then a client that asks for one is refused. */
  readonly supportedProtocols?: readonly string[];
  /** Further headers of the 101 response, `Name: value` each. Default: none. */
  readonly headers?: readonly string[];
  /** In the order in which messages pass through them. Default: none, and then offers are ignored. */
  readonly extensions?: readonly ExtensionFactory[];
  readonly limits?: HeadLimits;
}

export interface AcceptOptions {
  /**
   * One of the protocols that the client asked for, or null for none. Default: the first of the client's list that the
   * server supports.
   */
  readonly protocol?: string | null;
  /** Headers of this response, after the server's. */
  readonly headers?: readonly string[];
}

export interface RefuseOptions {
  /** Such as `Location: …` or `WWW-Authenticate: …`; a `Content-Type` replaces the default one. */
  readonly headers?: readonly string[];
  /** Plain text. Default: a sentence with the status. */
  readonly body?: string;
}

/** `reading` until the head is complete, `requested` until `accept` or `refuse` is called, then one of the last two. */
export type ServerHandshakeState = 'reading' | 'requested' | 'accepted' | 'refused';

/**
 * A server's opening handshake (RFC 6455 4.2; docs/engine/websocket-peer.md#opening-handshake-of-a-server), without I/O.
 *
 * - The constructor checks the options. With a wrong protocol or header, the state is `refused` and nothing is sent.
 * - Input: `receive(chunk)` returns how many bytes it took. It takes no byte behind the request's head, and none once
 *   `state` is not `reading`.
 * - Commands: `accept()` in `requested`, `refuse()` in `reading` and `requested`; they throw in other states. A malformed
 *   request is refused without a command.
 * - Output: `takeResponse()`. After a refusal the owner sends the response and closes the connection.
 * - `answerPlain()` in `refused` replaces the response to a request that asks for no upgrade (`plainPath`).
 * - Queries: `state`, `request`, `failure`, `refusedWith`, `protocol`, `extensions`.
 *
 * Nothing that the client sends makes it throw. The owner enforces time limits.
 */
export class ServerHandshake {
  readonly #platform: Platform;
  readonly #reader: HeadReader;
  readonly #terms: Terms;
  #state: ServerHandshakeState = 'reading';
  #request: HandshakeRequest | null = null;
  #failure: Failure | null = null;
  #protocol = '';
  #extensions: readonly Extension[] = [];
  #response: Uint8Array = NO_BYTES;
  /** The HTTP status of the refusal; 0 when there is none. */
  refusedWith = 0;

  constructor(options: ServerHandshakeOptions, platform: Platform) {
    this.#platform = platform;
    this.#reader = new HeadReader(options.limits);
    this.#terms = termsOf(options);
    this.#failure = this.#terms.failure;
    if (this.#failure !== null) this.#state = 'refused';
  }

  get state(): ServerHandshakeState {
    return this.#state;
  }

  /** Null until the state has been `requested`. */
  get request(): HandshakeRequest | null {
    return this.#request;
  }

  /** The head of the request, for `readHandshakeRequest`; empty while `request` is null. */
  get requestText(): string {
    return this.#request === null ? '' : (this.#reader.head?.text ?? '');
  }

  /** Why the request was refused; null otherwise. */
  get failure(): Failure | null {
    return this.#failure;
  }

  get reachedLimit(): keyof HeadLimits | null {
    return this.#reader.reachedLimit;
  }

  /** The negotiated sub-protocol; empty when there is none. */
  get protocol(): string {
    return this.#protocol;
  }

  /** The negotiated extensions, in the order in which messages pass through them. */
  get extensions(): readonly Extension[] {
    return this.#extensions;
  }

  receive(chunk: Uint8Array): number {
    if (this.#state !== 'reading') return 0;
    const taken = this.#reader.push(chunk);
    if (this.#reader.refusal !== null) {
      const { status, failure } = this.#reader.refusal;
      this.#refuse({ ...failure, status, headers: [] });
    } else if (this.#reader.head !== null) {
      const request = readRequest(this.#reader.head);
      if (isFailure(request)) {
        this.#refuse(request);
      } else {
        this.#request = request;
        this.#state = 'requested';
      }
    }
    return taken;
  }

  /**
   * Responds with 101 and returns null, or returns a failure:
   * - `TICKPEER_HANDSHAKE_PROTOCOL`: no sub-protocol in common. The client is refused with 400.
   * - `TICKPEER_INVALID_HEADER`, `TICKPEER_INVALID_PROTOCOL`: `options` cannot be sent. The state is still `requested`.
   */
  accept(options: AcceptOptions = {}): Failure | null {
    const request = this.#request;
    if (request === null || this.#state !== 'requested') throw new Error(`accept() in the state "${this.#state}"`);
    const headers = parseHeaderLines(options.headers ?? []);
    if (isFailure(headers)) return headers;
    const protocol =
      options.protocol === undefined
        ? negotiateProtocol(request.protocols, this.#terms.supportedProtocols)
        : checkChoice(request.protocols, options.protocol);
    if (isFailure(protocol)) {
      if (protocol.code === 'TICKPEER_HANDSHAKE_PROTOCOL') this.#refuse({ ...protocol, status: 400, headers: [] });
      return protocol;
    }

    const answers = answerOffers(request.extensions, this.#terms.factories);
    this.#protocol = protocol;
    this.#extensions = answers.map((answer) => answer.extension);
    // RFC 6455 4.2.2, step 5.
    const lines = [
      'Upgrade: websocket', // 5.2
      'Connection: Upgrade', // 5.3
      `Sec-WebSocket-Accept: ${acceptKey(request.key, this.#platform)}`, // 5.4
    ];
    if (protocol !== '') lines.push(`Sec-WebSocket-Protocol: ${protocol}`); // 5.5
    if (answers.length > 0) lines.push(`Sec-WebSocket-Extensions: ${formatExtensions(answers)}`); // 5.6
    this.#response = encodeHead(statusLine(101), [
      ...lines,
      ...formatLines(this.#terms.headers),
      ...formatLines(headers),
    ]); // 5.1
    this.#state = 'accepted';
    return null;
  }

  /**
   * Responds with an HTTP status from 200 to 599; another one throws a `RangeError`. Returns null, or
   * `TICKPEER_INVALID_HEADER` when `options.headers` cannot be sent: then the state is unchanged. `failure` has `report`
   * in its message, which is the body by default.
   */
  refuse(status: number, options: RefuseOptions = {}, report: string | undefined = options.body): Failure | null {
    if (this.#state !== 'reading' && this.#state !== 'requested') {
      throw new Error(`refuse() in the state "${this.#state}"`);
    }
    if (!Number.isInteger(status) || status < 200 || status > 599) {
      throw new RangeError(`The status must be an integer from 200 to 599, not ${status}.`);
    }
    const headers = parseHeaderLines(options.headers ?? []);
    if (isFailure(headers)) return headers;
    const name = statusName(status);
    const body = options.body ?? `The server refused the handshake with ${name}.`;
    const message = `The request was refused with ${name}${report === undefined ? '.' : `: ${report}`}`;
    this.#refuse({ code: 'TICKPEER_HANDSHAKE_REFUSED', message, status, headers }, body);
    return null;
  }

  /**
   * The path, without the query, of a GET or HEAD request (also of HTTP/1.0) that was refused because it asks for no
   * upgrade. Null for any other request.
   */
  get plainPath(): string | null {
    const { head } = this.#reader;
    const line = head === null ? null : parseRequestLine(head.startLine);
    if (this.#state !== 'refused' || head === null || line === null || isFailure(line)) return null;
    const isPlain = (line.method === 'GET' || line.method === 'HEAD') && head.headers.get('upgrade') === null;
    return isPlain ? (readTarget(line.target)?.path ?? null) : null;
  }

  /** Replaces the response to a request that has a `plainPath`. It throws when the response was taken already. */
  answerPlain(status: number, body: string): void {
    if (this.plainPath === null || this.#response.length === 0) throw new Error('no plain request waits for an answer');
    const message = `The request was answered with ${statusName(status)}.`;
    const headers = [{ name: 'Cache-Control', value: 'no-store' }];
    this.#refuse({ code: 'TICKPEER_HANDSHAKE_REFUSED', message, status, headers }, body);
  }

  /** The bytes to send, once; empty when there are none. */
  takeResponse(): Uint8Array {
    const response = this.#response;
    this.#response = NO_BYTES;
    return response;
  }

  #refuse({ code, message, status, headers }: Refusal, body: string = message): void {
    const hasBody = status !== 204 && status !== 304; // RFC 9110 15.3.5, 15.4.5
    const content = hasBody ? this.#platform.encodeUtf8(body) : NO_BYTES;
    // RFC 9110 7.8: a sender of Upgrade must list it in Connection.
    const lines = status === 426 ? ['Upgrade: websocket', 'Connection: Upgrade, close'] : ['Connection: close'];
    const namesType = headers.some((header) => header.name.toLowerCase() === 'content-type');
    if (hasBody && !namesType) lines.push('Content-Type: text/plain; charset=utf-8');
    if (hasBody) lines.push(`Content-Length: ${content.length}`);
    const head = encodeHead(statusLine(status), [...lines, ...formatLines(headers)]);
    // RFC 9110 9.3.2: the response to HEAD has no body.
    const sent = this.#reader.head?.startLine.startsWith('HEAD ') ? NO_BYTES : content;
    this.#response = new Uint8Array(head.length + sent.length);
    this.#response.set(head);
    this.#response.set(sent, head.length);
    this.#failure = { code, message };
    this.#state = 'refused';
    this.refusedWith = status;
  }
}

/** A server's options, checked. */
interface Terms {
  readonly supportedProtocols: readonly string[];
  readonly factories: readonly ExtensionFactory[];
  readonly headers: readonly HeaderLine[];
  /** Why they cannot be used; null if they can. */
  readonly failure: Failure | null;
}

/** A server passes the same options to every handshake; they are checked once. */
const knownTerms = new WeakMap<ServerHandshakeOptions, Terms>();

function termsOf(options: ServerHandshakeOptions): Terms {
  let terms = knownTerms.get(options);
  if (terms === undefined) {
    const supportedProtocols = [...(options.supportedProtocols ?? [])];
    const factories = [...(options.extensions ?? [])];
    const headers = checkProtocols(supportedProtocols) ?? parseHeaderLines(options.headers ?? []);
    const isWrong = isFailure(headers);
    terms = { supportedProtocols, factories, headers: isWrong ? [] : headers, failure: isWrong ? headers : null };
    knownTerms.set(options, terms);
  }
  return terms;
}

/**
 * The client's order decides. Fails when one side has a list and the other none
 * (docs/engine/websocket-peer.md#sub-protocols).
 */
function negotiateProtocol(asked: readonly string[], supported: readonly string[]): string | Failure {
  if (asked.length === 0 && supported.length === 0) return '';
  const common = asked.find((protocol) => supported.includes(protocol));
  if (common !== undefined) return common;
  const describe = (list: readonly string[]): string =>
    list.length === 0 ? 'none' : `[${list.join(', ').slice(0, 500)}]`;
  const message = `No sub-protocol in common: the client asked for ${describe(asked)}, the server supports ${describe(supported)}.`;
  return { code: 'TICKPEER_HANDSHAKE_PROTOCOL', message };
}

function checkChoice(asked: readonly string[], choice: string | null): string | Failure {
  if (choice === null) return '';
  if (asked.includes(choice)) return choice;
  const message = `The sub-protocol ${quote(choice)} is not among those that the client asked for: [${asked.join(', ')}].`;
  return { code: 'TICKPEER_INVALID_PROTOCOL', message };
}

function formatLines(headers: readonly HeaderLine[]): string[] {
  return headers.map(({ name, value }) => `${name}: ${value}`);
}
