import { type Failure, isFailure } from '../../failure.ts';

/** One header to send. */
export interface HeaderLine {
  readonly name: string;
  readonly value: string;
}

/**
 * Reads one line of `handshakeHeaders`, `Name: value`. Returns a `TICKPEER_INVALID_HEADER` failure for a line that is not a
 * header, that would inject another one, or that the handshake writes itself: `Upgrade`, `Connection`, `Content-Length`,
 * `Transfer-Encoding` and every `Sec-WebSocket-…`.
 *
 * Characters up to U+00FF are sent as one byte each (Latin-1, as `fetch` does); others are refused. Messages do not quote
 * the value, which may be a secret.
 */
export function parseHeaderLine(line: string): HeaderLine | Failure {
  const colon = line.indexOf(':');
  if (colon < 0) return invalidHeader(`The header line that starts with ${quote(line.slice(0, 16))} has no ":".`);
  const name = line.slice(0, colon);
  if (!isToken(name)) return invalidHeader(`${quote(name)} is not a header name.`);
  if (isOwned(name.toLowerCase())) return invalidHeader(`The handshake writes the header ${quote(name)} itself.`);
  const value = trimSpace(line.slice(colon + 1));
  if (!isFieldValue(value)) {
    return invalidHeader(`The value of the header ${quote(name)} has a control character or one beyond U+00FF.`);
  }
  return { name, value };
}

/** Reads all lines. Returns the first failure, if there is one. */
export function parseHeaderLines(lines: readonly string[]): readonly HeaderLine[] | Failure {
  const headers: HeaderLine[] = [];
  for (const line of lines) {
    const header = parseHeaderLine(line);
    if (isFailure(header)) return header;
    headers.push(header);
  }
  return headers;
}

/** Why `protocols` cannot be a list of sub-protocols: each must be a token, and none may occur twice (RFC 6455 4.1, step 10). */
export function checkProtocols(protocols: readonly string[]): Failure | null {
  for (const [index, protocol] of protocols.entries()) {
    const problem = !isToken(protocol) ? 'is not a token' : protocols.indexOf(protocol) < index ? 'occurs twice' : null;
    if (problem === null) continue;
    return { code: 'TICKPEER_INVALID_PROTOCOL', message: `The sub-protocol ${quote(protocol)} ${problem}.` };
  }
  return null;
}

/** Whether `text` is a token: a header name, a sub-protocol, an extension (RFC 9110 5.6.2). */
export function isToken(text: string): boolean {
  return /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(text);
}

/** Whether `text` can be a header's value: Latin-1 without control characters other than the tab (RFC 9110 5.5). */
export function isFieldValue(text: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(text);
}

/** `text` without spaces and tabs around it. (`trim()` would take Latin-1's no-break space too.) */
export function trimSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

/** Whether a comma list contains `token`, ignoring case: `Connection: keep-alive, Upgrade`. */
export function listHas(value: string, token: string): boolean {
  return value.split(',').some((element) => trimSpace(element).toLowerCase() === token);
}

/** The elements of a comma list of tokens, empty ones ignored (RFC 9110 5.6.1.2); null if one is not a token. */
export function parseTokenList(value: string): string[] | null {
  const elements = value.split(',').map(trimSpace);
  const tokens = elements.filter((element) => element !== '');
  return tokens.every(isToken) ? tokens : null;
}

/** One extension with its parameters, as offered or as negotiated (RFC 6455 9.1). */
export interface ExtensionOffer {
  readonly name: string;
  /** In order and with duplicates, because an extension may have to refuse those. */
  readonly params: readonly ExtensionParam[];
}

export interface ExtensionParam {
  readonly name: string;
  /** Null for a parameter without a value. */
  readonly value: string | null;
}

/**
 * Reads a `Sec-WebSocket-Extensions` value: `name; param; param=token; param="token", name2`. Null when it does not follow
 * the grammar: then the handshake must fail (RFC 6455 9.1). Empty list elements are ignored.
 */
export function parseExtensions(value: string): ExtensionOffer[] | null {
  const offers: ExtensionOffer[] = [];
  const scan = new Scanner(value);
  do {
    const name = scan.token();
    if (name === null) continue;
    const params: ExtensionParam[] = [];
    while (scan.skip(';')) {
      const param = scan.token();
      if (param === null) return null;
      const paramValue = scan.skip('=') ? (scan.token() ?? scan.quotedToken()) : undefined;
      if (paramValue === null) return null;
      params.push({ name: param, value: paramValue ?? null });
    }
    offers.push({ name, params });
  } while (scan.skip(','));
  return scan.isAtEnd ? offers : null;
}

/** The value that `parseExtensions` reads back. Parameter values are tokens, so none needs quotes. */
export function formatExtensions(offers: readonly ExtensionOffer[]): string {
  const formatParam = (param: ExtensionParam): string =>
    `; ${param.name}${param.value === null ? '' : `=${param.value}`}`;
  return offers.map((offer) => offer.name + offer.params.map(formatParam).join('')).join(', ');
}

/** `text` for a message: in quotes, escaped, cut after 100 characters. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}

/** Reads the parts of a value from left to right, and skips the space around each. */
class Scanner {
  readonly #text: string;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
    this.#skipSpace();
  }

  get isAtEnd(): boolean {
    return this.#position === this.#text.length;
  }

  skip(character: string): boolean {
    if (this.#text[this.#position] !== character) return false;
    this.#position++;
    this.#skipSpace();
    return true;
  }

  token(): string | null {
    return this.#match(/[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y);
  }

  /** Without its backslashes, the text in quotes must be a token (RFC 6455 9.1). */
  quotedToken(): string | null {
    const quoted = this.#match(/"(?:[^"\\]|\\.)*"/y);
    if (quoted === null) return null;
    const text = quoted.slice(1, -1).replace(/\\(.)/g, '$1');
    return isToken(text) ? text : null;
  }

  #match(sticky: RegExp): string | null {
    sticky.lastIndex = this.#position;
    const found = sticky.exec(this.#text);
    if (found === null) return null;
    this.#position = sticky.lastIndex;
    this.#skipSpace();
    return found[0];
  }

  #skipSpace(): void {
    while (isSpace(this.#text.charCodeAt(this.#position))) this.#position++;
  }
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

function isOwned(lowerName: string): boolean {
  return OWNED_NAMES.has(lowerName) || lowerName.startsWith('sec-websocket-');
}

const OWNED_NAMES: ReadonlySet<string> = new Set(['upgrade', 'connection', 'content-length', 'transfer-encoding']);

function invalidHeader(message: string): Failure {
  return { code: 'TICKPEER_INVALID_HEADER', message };
}
