import { NO_BYTES } from '../../bytes.ts';
import { type Failure, isFailure } from '../../failure.ts';
import { isToken, quote, trimSpace } from './header-grammar.ts';
import { HttpHeaders } from './http-headers.ts';

/** Limits on a head. */
export interface HeadLimits {
  /** Bytes from the first of the start line to the last of the blank line. Default: 16384; cookies and tokens exceed 4 KiB. */
  readonly maxHeadSize: number;
  /** Header lines. Default: 128. */
  readonly maxHeaders: number;
}

export const DEFAULT_HEAD_LIMITS: HeadLimits = { maxHeadSize: 16_384, maxHeaders: 128 };

/** The start line and the headers. */
export interface HttpHead {
  /** The whole head with its blank line, one character per byte (Latin-1). */
  readonly text: string;
  readonly startLine: string;
  readonly headers: HttpHeaders;
}

/** Why a head was refused, and the HTTP status for it. */
export interface HeadRefusal {
  readonly status: 400 | 431;
  readonly failure: Failure;
}

/**
 * Reads one HTTP/1.1 head (RFC 9112 sections 2 and 5), in chunks of any size.
 *
 * - Input: `push(chunk)` returns how many bytes it took. It takes no byte behind the blank line.
 * - Queries: `head` when it is complete, `refusal` when it is malformed; until then both are null. After either, `push`
 *   takes nothing.
 *
 * It refuses everything that implementations could read differently: a CR or LF by itself, folded lines, space before
 * the colon, and control characters other than the tab. However the bytes are cut into chunks, the result is the same.
 */
export class HeadReader {
  readonly #maxHeadSize: number;
  readonly #maxHeaders: number;
  /** The bytes of earlier chunks. */
  #held = NO_BYTES;
  #heldSize = 0;
  /** How many characters of CRLFCRLF come right before the next byte: 0 to 4. */
  #matched = 0;
  #lines = 0;
  #head: HttpHead | null = null;
  #refusal: HeadRefusal | null = null;

  constructor(limits: HeadLimits = DEFAULT_HEAD_LIMITS) {
    this.#maxHeadSize = limits.maxHeadSize;
    this.#maxHeaders = limits.maxHeaders;
  }

  get head(): HttpHead | null {
    return this.#head;
  }

  get refusal(): HeadRefusal | null {
    return this.#refusal;
  }

  /** The limit that the head exceeds; null where it was not refused for one. */
  get reachedLimit(): keyof HeadLimits | null {
    if (this.#refusal?.status !== 431) return null;
    return this.#lines > this.#maxHeaders + 1 ? 'maxHeaders' : 'maxHeadSize';
  }

  push(chunk: Uint8Array): number {
    if (this.#head !== null || this.#refusal !== null) return 0;
    const allowed = Math.min(chunk.length, this.#maxHeadSize - this.#heldSize);
    const taken = this.#scan(chunk, allowed);
    if (this.#refusal !== null) {
      this.#held = NO_BYTES;
    } else if (this.#matched === 4) {
      this.#parse(this.#joined(chunk, taken));
      this.#held = NO_BYTES;
    } else if (this.#heldSize + taken >= this.#maxHeadSize) {
      this.#refuse(431, `The head of the handshake is longer than ${this.#maxHeadSize} bytes.`);
      this.#held = NO_BYTES;
    } else {
      this.#hold(chunk, taken);
    }
    return taken;
  }

  /** Looks for the blank line and for forbidden bytes. Returns how many bytes it read. */
  #scan(chunk: Uint8Array, end: number): number {
    let matched = this.#matched;
    for (let i = 0; i < end; i++) {
      const byte = chunk[i]!;
      const afterCR = (matched & 1) === 1;
      if (byte === LF && afterCR) {
        matched++;
        if (matched === 4) {
          this.#matched = 4;
          return i + 1;
        }
        this.#lines++;
        if (this.#lines > this.#maxHeaders + 1) {
          this.#refuse(431, `The head of the handshake has more than ${this.#maxHeaders} headers.`);
          return i + 1;
        }
      } else if (afterCR || byte === LF) {
        this.#refuse(400, 'The head of the handshake has a line that does not end with CR LF.');
        return i + 1;
      } else if (byte === CR) {
        matched++;
      } else if ((byte < 0x20 && byte !== TAB) || byte === 0x7f) {
        this.#refuseControl(byte, this.#heldSize + i);
        return i + 1;
      } else {
        matched = 0;
      }
    }
    this.#matched = matched;
    return end;
  }

  #refuseControl(byte: number, position: number): void {
    const name = `0x${byte.toString(16).padStart(2, '0')}`;
    // A TLS record, handshake or alert: ws:// and wss:// were mixed up.
    const isTls = position === 0 && (byte === 0x16 || byte === 0x15);
    const hint = isTls ? '; the other side seems to speak TLS' : '';
    this.#refuse(400, `The head of the handshake has the control character ${name} at position ${position}${hint}.`);
  }

  #parse(bytes: Uint8Array): void {
    const head = parseHead(decodeLatin1(bytes));
    if (isFailure(head)) this.#refuse(400, head.message);
    else this.#head = head;
  }

  #joined(chunk: Uint8Array, taken: number): Uint8Array {
    if (this.#heldSize === 0) return chunk.subarray(0, taken);
    this.#hold(chunk, taken);
    return this.#held.subarray(0, this.#heldSize);
  }

  #hold(chunk: Uint8Array, taken: number): void {
    const size = this.#heldSize + taken;
    if (size > this.#held.length) {
      const larger = new Uint8Array(Math.max(size, this.#held.length * 2, 512));
      larger.set(this.#held.subarray(0, this.#heldSize));
      this.#held = larger;
    }
    this.#held.set(chunk.subarray(0, taken), this.#heldSize);
    this.#heldSize = size;
  }

  #refuse(status: 400 | 431, message: string): void {
    const code = status === 431 ? 'TICKPEER_HANDSHAKE_TOO_LARGE' : 'TICKPEER_HANDSHAKE_MALFORMED';
    this.#refusal = { status, failure: { code, message } };
  }
}

/** Parses a head, which ends with a blank line and whose lines end with CRLF. */
export function parseHead(text: string): HttpHead | Failure {
  let lineEnd = text.indexOf('\r\n');
  const startLine = text.slice(0, lineEnd);
  const entries: [name: string, value: string][] = [];
  while (lineEnd + 4 < text.length) {
    const start = lineEnd + 2;
    lineEnd = text.indexOf('\r\n', start);
    const line = text.slice(start, lineEnd);
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0));
    if (!isToken(name)) return malformed(describeBadLine(line, colon));
    entries.push([name, trimSpace(line.slice(colon + 1))]);
  }
  return { text, startLine, headers: new HttpHeaders(entries) };
}

/** The first line of a request. */
export interface RequestLine {
  readonly method: string;
  /** As sent, but bytes beyond ASCII are percent-encoded: Godot's client sends them raw. */
  readonly target: string;
  /** Such as `1.1`. */
  readonly version: string;
}

/** Reads `METHOD SP target SP HTTP/1.1` (RFC 9112 section 3): single spaces, exactly three parts, any version. */
export function parseRequestLine(line: string): RequestLine | Failure {
  const parts = /^([^ ]+) ([^ \t]+) HTTP\/(\d\.\d)$/.exec(line);
  const [, method, target, version] = parts ?? [];
  if (method === undefined || target === undefined || version === undefined || !isToken(method)) {
    return malformed(`${quote(line)} is not the first line of an HTTP request.`);
  }
  return { method, target: target.replace(/[\x80-\xff]/g, encodeByte), version };
}

/** The first line of a response. */
export interface StatusLine {
  /** Such as `1.1`. */
  readonly version: string;
  /** 100 to 999. */
  readonly status: number;
  /** May be empty. */
  readonly reason: string;
}

/** Reads `HTTP/1.1 SP status SP reason` (RFC 9112 section 4); the reason and the space before it may be missing. */
export function parseStatusLine(line: string): StatusLine | Failure {
  const parts = /^HTTP\/(\d\.\d) ([1-9]\d\d)(?: (.*))?$/.exec(line);
  const [, version, status, reason = ''] = parts ?? [];
  if (version === undefined || status === undefined) {
    return malformed(`${quote(line)} is not the first line of an HTTP response.`);
  }
  return { version, status: Number(status), reason: trimSpace(reason) };
}

/** The bytes of a head, blank line included. `lines` hold no control characters and nothing beyond Latin-1. */
export function encodeHead(startLine: string, lines: readonly string[]): Uint8Array {
  const text = `${startLine}\r\n${lines.join('\r\n')}${lines.length > 0 ? '\r\n' : ''}\r\n`;
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
/** Arguments of one call; far below the limit of any JavaScript engine. */
const DECODE_STEP = 4096;

function decodeLatin1(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += DECODE_STEP) {
    text += Reflect.apply(String.fromCharCode, null, bytes.subarray(i, i + DECODE_STEP));
  }
  return text;
}

function malformed(message: string): Failure {
  return { code: 'TICKPEER_HANDSHAKE_MALFORMED', message };
}

function encodeByte(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

function describeBadLine(line: string, colon: number): string {
  // RFC 9112 5.2: obsolete line folding.
  if (line.startsWith(' ') || line.startsWith('\t')) return 'The head of the handshake has a folded header line.';
  if (colon < 0) return `The header line that starts with ${quote(line.slice(0, 16))} has no ":".`;
  return `${quote(line.slice(0, colon))} is not a header name.`; // RFC 9112 5.1: no space before the colon
}
