import { type Failure, isFailure } from '../../failure.ts';
import { answerOffers, type Extension, type ExtensionFactory } from '../extension.ts';
import {
  checkProtocols,
  type ExtensionOffer,
  formatExtensions,
  type HeaderLine,
  listHas,
  parseExtensions,
  parseHeaderLines,
  parseTokenList,
  quote,
} from '../http/header-grammar.ts';
import {
  encodeHead,
  type HeadLimits,
  HeadReader,
  type HttpHead,
  parseHead,
  parseRequestLine,
} from '../http/http-head.ts';
import type { HttpHeaders } from '../http/http-headers.ts';
import { statusLine, statusName } from '../http/status-line.ts';
import type { Platform } from '../platform.ts';
import { acceptKey, isHandshakeKey } from './accept-key.ts';

/** What the program gives. Looked at once: an object that is used for several handshakes must not change in between. */
export interface ServerHandshakeOptions {
  /** Sub-protocols that the server speaks. Default: none, and then a client that asks for one is refused. */
  readonly supportedProtocols?: readonly string[];
  /** Further headers of the 101 answer, `Name: value` each. Default: none. */
  readonly headers?: readonly string[];
  /** In the order in which messages are to pass through them. Default: none; offers are ignored then. */
  readonly extensions?: readonly ExtensionFactory[];
  readonly limits?: HeadLimits;
}

/** What a client asked for: enough to decide on. */
export interface HandshakeRequest {
  readonly method: 'GET';
  /** Path and query, ASCII, at least `/`. Percent-encoding is left as it is. */
  readonly target: string;
  readonly path: string;
  /** What follows the first `?`; empty without one. */
  readonly query: string;
  /** As the client wrote it, port included; may be empty. */
  readonly host: string;
  /** Null where there is none, as with programs that are not browsers. Nothing is judged by it here. */
  readonly origin: string | null;
  readonly headers: HttpHeaders;
  /** Sub-protocols, the client's favourite first. */
  readonly protocols: readonly string[];
  readonly extensions: readonly ExtensionOffer[];
  readonly key: string;
  readonly version: 13;
}

export interface AcceptOptions {
  /**
   * One of the protocols that the client asked for, or null for none. Default: the first of the client's list that the
   * server supports.
   */
  readonly protocol?: string | null;
  /** Headers of this answer alone, after the server's. */
  readonly headers?: readonly string[];
}

export interface RefuseOptions {
  /** Such as `Location: …` or `WWW-Authenticate: …`; a `Content-Type` replaces ours. */
  readonly headers?: readonly string[];
  /** Plain text. Default: a sentence with the status. */
  readonly body?: string;
}

/** `reading` until the head is here and valid, `requested` until the owner answers, then one of the last two. */
export type ServerHandshakeState = 'reading' | 'requested' | 'accepted' | 'refused';

/**
 * The server's half of the opening handshake (RFC 6455 4.2; spec/websocket-peer.md section 5), without a socket.
 *
 * - Construction checks what the program gave: a wrong protocol or header is a refusal at once, with no bytes to send.
 * - Input: `receive(chunk)` answers how many bytes it took. Those behind the request's head are never taken: they are
 *   frames if the request is accepted, and is discarded otherwise. It takes nothing once `state` is not `reading`.
 * - Commands: `accept()` in `requested`, `refuse()` in `reading` and `requested`; elsewhere they throw. A request that
 *   no server could accept is refused without being asked.
 * - Output: `takeResponse()`. After a refusal the owner sends it and closes the connection.
 * - `answerPlain()` in `refused` replaces the refusal of a request that asks for no upgrade (`plainPath`).
 * - It never throws for what the client sends. Time limits are the owner's.
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
  /** The HTTP status of a refusal; 0 as long as there is none. */
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

  /** The head of the request as it came, for `readHandshakeRequest`; empty as long as there is no `request`. */
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

  /** Empty without one. */
  get protocol(): string {
    return this.#protocol;
  }

  /** The extensions agreed on, in the order in which messages pass through them. */
  get extensions(): readonly Extension[] {
    return this.#extensions;
  }

  receive(chunk: Uint8Array): number {
    if (this.#state !== 'reading') return 0;
    const taken = this.#reader.push(chunk);
    if (this.#reader.refusal !== null) {
      this.#refuse({ ...this.#reader.refusal, headers: [] });
    } else if (this.#reader.head !== null) {
      const request = readRequest(this.#reader.head);
      if ('failure' in request) {
        this.#refuse(request);
      } else {
        this.#request = request;
        this.#state = 'requested';
      }
    }
    return taken;
  }

  /**
   * Answers with 101. Returns null, or a failure: `TICKPEER_HANDSHAKE_PROTOCOL` when the two lists of sub-protocols have
   * nothing in common, and the client is refused with 400; `TICKPEER_INVALID_HEADER` or `TICKPEER_INVALID_PROTOCOL` when
   * `options` cannot be sent, and the request still waits for its answer.
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
    if (typeof protocol !== 'string') {
      if (protocol.code === 'TICKPEER_HANDSHAKE_PROTOCOL')
        this.#refuse({ status: 400, failure: protocol, headers: [] });
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
   * Answers with an HTTP status from 200 to 599 instead; anything else throws a `RangeError`. Returns null, or
   * `TICKPEER_INVALID_HEADER` when `options.headers` cannot be sent, and the request still waits for its answer. `report` is what
   * `failure` says instead of the body.
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
    this.#refuse({ status, failure: { code: 'TICKPEER_HANDSHAKE_REFUSED', message }, headers }, body);
    return null;
  }

  /**
   * Of a GET or HEAD that asks for no upgrade, HTTP/1.0 included, and was refused for it: its path, without the query. Otherwise null.
   */
  get plainPath(): string | null {
    const { head } = this.#reader;
    const line = head === null ? null : parseRequestLine(head.startLine);
    if (this.#state !== 'refused' || head === null || line === null || isFailure(line)) return null;
    const isPlain = (line.method === 'GET' || line.method === 'HEAD') && head.headers.get('upgrade') === null;
    return isPlain ? (readTarget(line.target)?.path ?? null) : null;
  }

  /** Answers a request that has a `plainPath` with this instead, if the refusal was not taken yet. */
  answerPlain(status: number, body: string): void {
    if (this.plainPath === null || this.#response.length === 0) throw new Error('no plain request waits for an answer');
    const message = `The request was answered with ${statusName(status)}.`;
    const headers = [{ name: 'Cache-Control', value: 'no-store' }];
    this.#refuse({ status, failure: { code: 'TICKPEER_HANDSHAKE_REFUSED', message }, headers }, body);
  }

  /** The bytes to send; empty when there are none yet, or none any more. */
  takeResponse(): Uint8Array {
    const response = this.#response;
    this.#response = NO_BYTES;
    return response;
  }

  #refuse(refusal: Refusal, body: string = refusal.failure.message): void {
    const { status, failure, headers } = refusal;
    const hasBody = status !== 204 && status !== 304; // RFC 9110 15.3.5, 15.4.5
    const content = hasBody ? this.#platform.encodeUtf8(body) : NO_BYTES;
    // RFC 9110 7.8: whoever sends Upgrade must list it in Connection.
    const lines = status === 426 ? ['Upgrade: websocket', 'Connection: Upgrade, close'] : ['Connection: close'];
    const namesType = headers.some((header) => header.name.toLowerCase() === 'content-type');
    if (hasBody && !namesType) lines.push('Content-Type: text/plain; charset=utf-8');
    if (hasBody) lines.push(`Content-Length: ${content.length}`);
    const head = encodeHead(statusLine(status), [...lines, ...formatLines(headers)]);
    // RFC 9110 9.3.2: the answer to HEAD ends with its header.
    const sent = this.#reader.head?.startLine.startsWith('HEAD ') ? NO_BYTES : content;
    this.#response = new Uint8Array(head.length + sent.length);
    this.#response.set(head);
    this.#response.set(sent, head.length);
    this.#failure = failure;
    this.#state = 'refused';
    this.refusedWith = status;
  }
}

/** What the program gave, checked. */
interface Terms {
  readonly supportedProtocols: readonly string[];
  readonly factories: readonly ExtensionFactory[];
  readonly headers: readonly HeaderLine[];
  /** Why it cannot be used; null if it can. */
  readonly failure: Failure | null;
}

/** A server gives the same options to every handshake: they are looked at once. */
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

/** Reads a request again from the text of its head, which was found good before (`ServerHandshake.requestText`). */
export function readHandshakeRequest(text: string): HandshakeRequest {
  const head = parseHead(text);
  const request = typeof head === 'string' ? null : readRequest(head);
  if (request === null || 'failure' in request)
    throw new Error('this is not the head of a request that was found good');
  return request;
}

interface Refusal {
  readonly status: number;
  readonly failure: Failure;
  readonly headers: readonly HeaderLine[];
}

const NO_BYTES = new Uint8Array(0);

/** Reads what a client must send; the step numbers are RFC 6455 4.2.1's. */
function readRequest(head: HttpHead): HandshakeRequest | Refusal {
  const { startLine, headers } = head;
  // 1. HTTP/1.1 or higher, GET, and a target that is a resource name.
  const line = parseRequestLine(startLine);
  if (isFailure(line)) return refusal(400, line.code, line.message);
  if (line.version !== '1.1') {
    const hint = 'a proxy in between has to be told to use HTTP/1.1';
    return malformed(505, `A WebSocket handshake needs HTTP/1.1, not HTTP/${line.version}; ${hint}.`);
  }
  // 2. The host; RFC 9112 3.2 wants 400 for a missing or a repeated one, whatever the method.
  const hosts = headers.getAll('host');
  const host = hosts[0];
  if (host === undefined) return badHeader(400, 'The request has no header "Host".');
  if (hosts.length > 1) return badHeader(400, 'The request has more than one header "Host".');
  if (!/^[^\s"#,/<>?@\\]*$/.test(host)) return badHeader(400, `The header "Host" is ${quote(host)}, which is no host.`);
  if (line.method !== 'GET') {
    const message = `A WebSocket handshake needs the method GET, not ${quote(line.method)}.`;
    return malformed(405, message, [{ name: 'Allow', value: 'GET' }]);
  }
  const resource = readTarget(line.target);
  if (resource === null) return malformed(400, `The request's target ${quote(line.target)} is not a path.`);
  const wrong = checkBody(headers) ?? checkUpgrade(headers);
  if (wrong !== null) return wrong;
  // 5. A key of 16 bytes, once.
  const keys = headers.getAll('sec-websocket-key');
  const key = keys[0];
  if (key === undefined) return badHeader(400, 'The request has no header "Sec-WebSocket-Key".');
  if (keys.length > 1) return badHeader(400, 'The request has more than one header "Sec-WebSocket-Key".');
  if (!isHandshakeKey(key)) return badHeader(400, 'The header "Sec-WebSocket-Key" is not 16 bytes in Base64.');
  // 8. Sub-protocols.
  const protocolList = headers.get('sec-websocket-protocol') ?? '';
  const protocols = parseTokenList(protocolList);
  if (protocols === null) {
    return badHeader(
      400,
      `The header "Sec-WebSocket-Protocol" is ${quote(protocolList)}, which is not a list of tokens.`,
    );
  }
  // 9. Extensions; RFC 6455 9.1: fail on bad grammar, even where nobody cares for them.
  const extensionList = headers.get('sec-websocket-extensions') ?? '';
  const extensions = parseExtensions(extensionList);
  if (extensions === null) {
    const message = `The header "Sec-WebSocket-Extensions" is ${quote(extensionList)}, which is not a list of extensions.`;
    return refusal(400, 'TICKPEER_HANDSHAKE_EXTENSION', message);
  }
  return {
    method: 'GET',
    target: resource.target,
    path: resource.path,
    query: resource.query,
    host: resource.host ?? host,
    origin: headers.get('origin'), // 7.
    headers,
    protocols,
    extensions,
    key,
    version: 13,
  };
}

/** A request for an upgrade has no body; one that announces any could hide a second request from a proxy. */
function checkBody(headers: HttpHeaders): Refusal | null {
  if (headers.has('transfer-encoding'))
    return badHeader(400, 'A handshake has no body, but "Transfer-Encoding" announces one.');
  if (headers.getAll('content-length').every((length) => /^0+$/.test(length))) return null;
  return badHeader(400, 'A handshake has no body, but "Content-Length" announces one.');
}

/** RFC 9110 15.5.22 and RFC 6455 4.4: 426 says what to ask for instead. */
function checkUpgrade(headers: HttpHeaders): Refusal | null {
  const version = { name: 'Sec-WebSocket-Version', value: '13' };
  // 3. and 4.
  if (!listHas(headers.get('upgrade') ?? '', 'websocket')) {
    return badHeader(426, 'This is a WebSocket server: the request needs the header "Upgrade: websocket".', [version]);
  }
  if (!listHas(headers.get('connection') ?? '', 'upgrade')) {
    return badHeader(426, 'This is a WebSocket server: the request needs the header "Connection: Upgrade".', [version]);
  }
  // 6.
  const versions = headers.getAll('sec-websocket-version');
  if (versions.length > 1) return badHeader(400, 'The request has more than one header "Sec-WebSocket-Version".');
  if (versions[0] === '13') return null;
  const got = versions[0] === undefined ? 'none' : quote(versions[0]);
  return badHeader(426, `The request needs the header "Sec-WebSocket-Version: 13"; it has ${got}.`, [version]);
}

interface Resource {
  readonly target: string;
  readonly path: string;
  readonly query: string;
  /** Null unless the target named one. */
  readonly host: string | null;
}

/** RFC 9112 3.2: a path, or a whole URL, whose host counts instead of the header's (3.2.2). */
function readTarget(text: string): Resource | null {
  const absolute = /^(?:https?|wss?):\/\/([^"#,/<>?@\\]+)(?=[/?]|$)/i.exec(text);
  const rest = text.slice(absolute?.[0].length ?? 0);
  const target = absolute !== null && !rest.startsWith('/') ? `/${rest}` : rest;
  if (!target.startsWith('/') || target.includes('#')) return null;
  const queryStart = target.indexOf('?');
  const path = queryStart < 0 ? target : target.slice(0, queryStart);
  const query = queryStart < 0 ? '' : target.slice(queryStart + 1);
  return { target, path, query, host: absolute?.[1] ?? null };
}

/** The engine's rule (spec/websocket-peer.md section 5): the client's order decides, and a one-sided wish is refused. */
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

function refusal(status: number, code: Failure['code'], message: string, headers: readonly HeaderLine[] = []): Refusal {
  return { status, failure: { code, message }, headers };
}

function malformed(status: number, message: string, headers: readonly HeaderLine[] = []): Refusal {
  return refusal(status, 'TICKPEER_HANDSHAKE_MALFORMED', message, headers);
}

function badHeader(status: number, message: string, headers: readonly HeaderLine[] = []): Refusal {
  return refusal(status, 'TICKPEER_HANDSHAKE_HEADER', message, headers);
}
