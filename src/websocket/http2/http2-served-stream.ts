import type { IncomingHttpHeaders } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import { isError } from '../../bytes.ts';
import { type Failure, failed } from '../../failure.ts';
import { HeadReader, parseStatusLine } from '../../protocol/index.ts';
import { HTTP2Stream } from '../../stream/index.ts';
import { isWebSocketConnect, requestAsHttp1, responseAsHttp2, UNLIMITED } from './http2-head.ts';

export const NOT_A_CONNECT: Failure = {
  code: 'TICKPEER_INVALID_STREAM',
  message: 'what was given is no extended CONNECT for a WebSocket, or was answered already',
};

/**
 * A server's stream for a WebSocket requested by extended CONNECT (RFC 8441), which looks like an HTTP/1.1 connection to its session:
 * the request arrives first, and the first bytes written are the head of the response.
 */
export class HTTP2ServedStream extends HTTP2Stream {
  readonly #stream: ServerHttp2Stream;
  readonly #request: IncomingHttpHeaders;
  #answer: HeadReader | null = new HeadReader(UNLIMITED);

  /** Null when `headers` request no WebSocket, and when the request has a response already. */
  static over(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): HTTP2ServedStream | null {
    return isWebSocketConnect(headers) && !stream.headersSent ? new HTTP2ServedStream(stream, headers) : null;
  }

  private constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders) {
    super();
    this.#stream = stream;
    this.#request = headers;
    this.reportOpen();
    this.reportData(requestAsHttp1(headers));
    this.attach(stream);
  }

  override write(bytes: Uint8Array): void {
    const rest = this.#answer === null ? bytes : this.#respond(this.#answer, bytes);
    if (rest.length > 0) super.write(rest);
  }

  /** Returns the bytes after the head. */
  #respond(answer: HeadReader, bytes: Uint8Array): Uint8Array {
    const taken = answer.push(bytes);
    const { head } = answer;
    if (head === null) return bytes.subarray(taken);
    this.#answer = null;
    const line = parseStatusLine(head.startLine);
    if ('status' in line && !this.#stream.destroyed && !this.#stream.closed) {
      try {
        this.#stream.respond(responseAsHttp2(line.status, head, this.#request));
      } catch (cause) {
        // HTTP/2 does not take one of the program's headers, such as one that is given twice and may be given once.
        const error = isError(cause) ? cause : new Error(String(cause));
        this.#stream.close();
        const message = `the answer cannot be sent over HTTP/2: ${error.message}`;
        this.failLater(failed('TICKPEER_INVALID_HEADER', message, error));
      }
    }
    return bytes.subarray(taken);
  }
}
