import { NO_BYTES } from '../../bytes.ts';
import { type Failure, isFailure } from '../../failure.ts';
import type { Extension, ExtensionFactory } from '../extension.ts';
import { encodeBase64 } from '../http/base64.ts';
import {
  checkProtocols,
  type ExtensionOffer,
  formatExtensions,
  type HeaderLine,
  listHas,
  parseExtensions,
  parseHeaderLines,
  quote,
} from '../http/header-grammar.ts';
import {
  DEFAULT_HEAD_LIMITS,
  encodeHead,
  type HeadLimits,
  HeadReader,
  type HttpHead,
  parseStatusLine,
  type StatusLine,
} from '../http/http-head.ts';
import type { HttpHeaders } from '../http/http-headers.ts';
import { isInformational, MAX_INFORMATIONAL } from '../http/informational.ts';
import { hostHeader, type ParsedUrl } from '../http/url.ts';
import type { Platform } from '../platform.ts';
import { acceptKey, createHandshakeKey } from './accept-key.ts';

export interface ClientHandshakeOptions {
  readonly url: ParsedUrl;
  /** The `Host` header. Default: `hostHeader(url)`, which is correct when `url.host` is ASCII. */
  readonly host?: string;
  /** Sub-protocols to ask for, in the order of preference. Default: none. */
  readonly protocols?: readonly string[];
  /** Further headers, `Name: value` each. A `Host` or an `Authorization` replaces the default one. Default: none. */
  readonly headers?: readonly string[];
  /** Default: none, and then an extension in the response fails the handshake. */
  readonly extensions?: readonly ExtensionFactory[];
  readonly limits?: HeadLimits;
}

export type ClientHandshakeResult = ClientHandshakePending | ClientHandshakeAccepted | ClientHandshakeFailed;

export interface ClientHandshakePending {
  readonly state: 'pending';
}

export interface ClientHandshakeAccepted {
  readonly state: 'accepted';
  /** The server's choice among the protocols asked for; empty when none was. */
  readonly protocol: string;
  /** The negotiated extensions, in the order in which messages pass through them. */
  readonly extensions: readonly Extension[];
  readonly status: number;
  readonly headers: HttpHeaders;
}

export interface ClientHandshakeFailed {
  readonly state: 'failed';
  readonly failure: Failure;
  /** The HTTP status of the response; null for a failure before it. */
  readonly status: number | null;
  readonly headers: HttpHeaders | null;
}

/**
 * A client's opening handshake (RFC 6455 4.1; docs/engine/websocket-peer.md#opening-handshake-of-a-client), without I/O.
 *
 * - The constructor checks the options. A wrong protocol or header fails the handshake, and nothing is sent.
 * - Output: `takeRequest()`, once.
 * - Input: `receive(chunk)` returns how many bytes it took. It takes no byte behind the response's head, where the frames
 *   begin, and none once there is a result.
 * - Query: `result`, pending until the head has arrived and was checked.
 *
 * Nothing that the server sends makes it throw. The owner enforces time limits.
 */
export class ClientHandshake {
  readonly #platform: Platform;
  readonly #limits: HeadLimits;
  readonly #protocols: readonly string[];
  readonly #extensions: readonly ExtensionFactory[];
  readonly #offers: readonly ExtensionOffer[];
  readonly #key: string;
  #request: Uint8Array = NO_BYTES;
  #reader: HeadReader;
  #informational = 0;
  #result: ClientHandshakeResult = { state: 'pending' };

  constructor(options: ClientHandshakeOptions, platform: Platform) {
    this.#platform = platform;
    this.#limits = options.limits ?? DEFAULT_HEAD_LIMITS;
    this.#protocols = [...(options.protocols ?? [])];
    this.#extensions = [...(options.extensions ?? [])];
    this.#offers = this.#extensions.flatMap((extension) => extension.offer());
    this.#key = createHandshakeKey(platform);
    this.#reader = new HeadReader(this.#limits);

    const request = this.#writeRequest(options);
    if (isFailure(request)) this.#fail(request, null, null);
    else this.#request = request;
  }

  get result(): ClientHandshakeResult {
    return this.#result;
  }

  /** The limit that the response exceeds; null where the handshake did not fail for one. */
  get reachedLimit(): keyof HeadLimits | null {
    return this.#reader.reachedLimit;
  }

  /** The request to send, once; empty when it was taken already, and when the options were wrong. */
  takeRequest(): Uint8Array {
    const request = this.#request;
    this.#request = NO_BYTES;
    return request;
  }

  receive(chunk: Uint8Array): number {
    let taken = 0;
    while (taken < chunk.length && this.#result.state === 'pending') {
      taken += this.#reader.push(taken === 0 ? chunk : chunk.subarray(taken));
      if (this.#reader.refusal !== null) this.#fail(this.#reader.refusal.failure, null, null);
      else if (this.#reader.head !== null) this.#judge(this.#reader.head, chunk.subarray(taken));
    }
    return taken;
  }

  /** The headers are in Godot's order; the step numbers are those of RFC 6455 4.1. */
  #writeRequest(options: ClientHandshakeOptions): Uint8Array | Failure {
    const { url } = options;
    const wrongProtocol = checkProtocols(this.#protocols);
    if (wrongProtocol !== null) return wrongProtocol;
    const headers = parseHeaderLines(options.headers ?? []);
    if (isFailure(headers)) return headers;
    const hosts = headers.filter((header) => header.name.toLowerCase() === 'host');
    if (hosts.length > 1) return { code: 'TICKPEER_INVALID_HEADER', message: 'The header "Host" is given twice.' };
    const host = hosts[0]?.value ?? options.host ?? hostHeader(url);
    if (!/^[\x21-\x7e]+$/.test(host)) {
      const message = `${quote(host)} cannot be sent as the header "Host".`;
      return { code: hosts.length > 0 ? 'TICKPEER_INVALID_HEADER' : 'TICKPEER_INVALID_URL', message };
    }

    const lines = [
      `Host: ${host}`, // 4.
      'Upgrade: websocket', // 5.
      'Connection: Upgrade', // 6.
      `Sec-WebSocket-Key: ${this.#key}`, // 7.
      'Sec-WebSocket-Version: 13', // 9.
    ];
    if (this.#protocols.length > 0) lines.push(`Sec-WebSocket-Protocol: ${this.#protocols.join(',')}`); // 10.
    if (this.#offers.length > 0) lines.push(`Sec-WebSocket-Extensions: ${formatExtensions(this.#offers)}`); // 11.
    const authorization = this.#writeAuthorization(url, headers); // 12.
    if (authorization !== null) lines.push(authorization);
    for (const header of headers) {
      if (!hosts.includes(header)) lines.push(`${header.name}: ${header.value}`);
    }
    return encodeHead(`GET ${url.target} HTTP/1.1`, lines); // 2. and 3.
  }

  /** RFC 7617 section 2. */
  #writeAuthorization(url: ParsedUrl, headers: readonly HeaderLine[]): string | null {
    if (url.authorization === null) return null;
    if (headers.some((header) => header.name.toLowerCase() === 'authorization')) return null;
    const { user, password } = url.authorization;
    return `Authorization: Basic ${encodeBase64(this.#platform.encodeUtf8(`${user}:${password}`))}`;
  }

  /** The step numbers are those of the client's checks in RFC 6455 4.1. */
  #judge({ startLine, headers }: HttpHead, behind: Uint8Array): void {
    const line = parseStatusLine(startLine);
    if (isFailure(line)) {
      this.#fail(line, null, headers);
    } else if (isInformational(line.status)) {
      this.#skipInformational(line.status, headers);
    } else {
      const agreement = this.#readAnswer(line, headers, behind);
      if (isFailure(agreement)) this.#fail(agreement, line.status, headers);
      else this.#result = { state: 'accepted', ...agreement, status: line.status, headers };
    }
  }

  #readAnswer(line: StatusLine, headers: HttpHeaders, behind: Uint8Array): Agreement | Failure {
    // 1. Any status but 101 is an HTTP response.
    if (line.status !== 101) return this.#describeStatus(line, headers, behind);
    return checkUpgrade(line, headers) ?? this.#checkAccept(headers) ?? this.#readAgreement(headers);
  }

  /** RFC 9110 15.2: any number of 1xx heads may come before the final one. A few are accepted. */
  #skipInformational(status: number, headers: HttpHeaders): void {
    this.#informational++;
    if (this.#informational > MAX_INFORMATIONAL) {
      const message = `The server sent more than ${MAX_INFORMATIONAL} informational answers, the last with status ${status}.`;
      this.#fail({ code: 'TICKPEER_HANDSHAKE_MALFORMED', message }, status, headers);
    } else {
      this.#reader = new HeadReader(this.#limits);
    }
  }

  /** 4. The proof that the server read this request. */
  #checkAccept(headers: HttpHeaders): Failure | null {
    const answers = headers.getAll('sec-websocket-accept');
    if (answers.length === 1 && answers[0] === acceptKey(this.#key, this.#platform)) return null;
    if (answers.length > 1) return badHeader('The server sent the header "Sec-WebSocket-Accept" more than once.');
    if (answers.length === 0) return badHeader('The server did not send the header "Sec-WebSocket-Accept".');
    return badHeader(`The server's "Sec-WebSocket-Accept: ${answers[0]}" does not answer the key that was sent.`);
  }

  #readAgreement(headers: HttpHeaders): Agreement | Failure {
    const extensions = this.#readExtensions(headers.get('sec-websocket-extensions') ?? '');
    if (isFailure(extensions)) return extensions;
    const protocol = this.#readProtocol(headers.getAll('sec-websocket-protocol'));
    return typeof protocol === 'string' ? { protocol, extensions } : protocol;
  }

  /** 5. Every extension in the response must have been offered. */
  #readExtensions(value: string): readonly Extension[] | Failure {
    const answers = parseExtensions(value);
    if (answers === null) return badExtension(`The server's extensions ${quote(value)} are not a list of extensions.`);
    const agreed: Extension[] = [];
    for (const { name, params } of answers) {
      const factory = this.#extensions.find((candidate) => candidate.name === name);
      if (factory === undefined || !this.#offers.some((offer) => offer.name === name)) {
        return badExtension(`The server chose the extension ${quote(name)}, which was not offered.`);
      }
      const extension = factory.accept(params);
      if (isFailure(extension)) return extension;
      if (agreed.some((other) => other.name === name || (other.rsv1 && extension.rsv1))) {
        return badExtension(`The server's extensions ${quote(value)} exclude each other.`);
      }
      agreed.push(extension);
    }
    return agreed;
  }

  /**
   * 6. The sub-protocol must be one that was asked for. A response without one fails too when the client asked for some: the
   * RFC allows it, but Godot and the browsers fail as well.
   */
  #readProtocol(answers: readonly string[]): string | Failure {
    if (answers.length === 0 && this.#protocols.length === 0) return '';
    const [answer] = answers;
    if (answers.length === 1 && answer !== undefined && this.#protocols.includes(answer)) return answer;
    const asked =
      this.#protocols.length === 0 ? 'no sub-protocol' : `the sub-protocols [${this.#protocols.join(', ')}]`;
    const chosen = answers.length === 0 ? 'none' : answers.map(quote).join(' and ');
    const message = `The client asked for ${asked}, the server chose ${chosen}.`;
    return { code: 'TICKPEER_HANDSHAKE_PROTOCOL', message };
  }

  #describeStatus(line: StatusLine, headers: HttpHeaders, behind: Uint8Array): Failure {
    const location = headers.get('location');
    const isRedirect = line.status >= 300 && line.status < 400;
    const redirect =
      isRedirect && location !== null ? `, which redirects to ${quote(location)} and is not followed` : '';
    const body = this.#readBodyStart(headers, behind);
    const message = `The server answered ${`${line.status} ${line.reason}`.trim()}${redirect}${body === '' ? '.' : `: ${body}`}`;
    return { code: 'TICKPEER_HANDSHAKE_STATUS', message };
  }

  /** The start of a plain-text body, as far as it arrived with the head: it often has the reason. */
  #readBodyStart(headers: HttpHeaders, behind: Uint8Array): string {
    const isText = headers.get('content-type')?.toLowerCase().startsWith('text/plain') ?? false;
    if (!isText || headers.has('transfer-encoding') || headers.has('content-encoding')) return '';
    const length = Number(headers.get('content-length') ?? MAX_BODY_START);
    const body = behind.subarray(0, length >= 0 ? Math.min(length, MAX_BODY_START) : 0);
    return this.#platform
      .decodeUtf8(body)
      .replace(/\p{Control}+/gu, ' ')
      .trim();
  }

  #fail(failure: Failure, status: number | null, headers: HttpHeaders | null): void {
    this.#result = { state: 'failed', failure, status, headers };
  }
}

interface Agreement {
  readonly protocol: string;
  readonly extensions: readonly Extension[];
}

/** The most bytes of a refusal's body in the message. */
const MAX_BODY_START = 1024;

/** 2. and 3. Godot accepts a single token only; but proxies send `Connection: keep-alive, Upgrade`. */
function checkUpgrade(line: StatusLine, headers: HttpHeaders): Failure | null {
  if (line.version !== '1.1') {
    return {
      code: 'TICKPEER_HANDSHAKE_MALFORMED',
      message: `The server answered with HTTP/${line.version}, not HTTP/1.1.`,
    };
  }
  return checkListed(headers, 'Upgrade', 'websocket') ?? checkListed(headers, 'Connection', 'upgrade');
}

function checkListed(headers: HttpHeaders, name: string, token: string): Failure | null {
  const value = headers.get(name);
  if (value === null) return badHeader(`The server did not send the header "${name}".`);
  return listHas(value, token)
    ? null
    : badHeader(`The server's header "${name}" is ${quote(value)}, without "${token}".`);
}

function badHeader(message: string): Failure {
  return { code: 'TICKPEER_HANDSHAKE_HEADER', message };
}

function badExtension(message: string): Failure {
  return { code: 'TICKPEER_HANDSHAKE_EXTENSION', message };
}
