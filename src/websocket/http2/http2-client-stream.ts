import type { ClientHttp2Session, IncomingHttpHeaders } from 'node:http2';
import { isError } from '../../bytes.ts';
import { failed, isFailure } from '../../failure.ts';
import { acceptKey, HeadReader, parseRequestLine } from '../../protocol/index.ts';
import { dropAfter, HTTP2Stream, nodeHttp2, type StreamPeerTLS } from '../../stream/index.ts';
import { nodePlatform } from '../platform/node-platform.ts';
import { requestAsHttp2, responseAsHttp1, UNLIMITED } from './http2-head.ts';

/**
 * A client's WebSocket on an HTTP/2 connection of its own (RFC 8441), which looks like an HTTP/1.1 connection to its session. The
 * first bytes written are the HTTP/1.1 request, which is sent as an extended CONNECT; the response is returned as HTTP/1.1.
 *
 * It opens when the server's SETTINGS allow extended CONNECT. Where they do not, it calls `onUnsupported` and closes the
 * connection.
 */
export class HTTP2ClientStream extends HTTP2Stream {
  #session: ClientHttp2Session | null = null;
  #request: HeadReader | null = new HeadReader(UNLIMITED);

  /** Over TLS that negotiated HTTP/2; null when that connection has ended already. */
  static over(tls: StreamPeerTLS, onUnsupported: () => void): HTTP2ClientStream | null {
    const socket = tls.handOver();
    if (socket === null) return null;
    const stream = new HTTP2ClientStream();
    // This authority is not used: each request names its own.
    const session = nodeHttp2().connect('https://localhost', {
      createConnection: () => socket,
      settings: { enablePush: false },
    });
    stream.#session = session;
    stream.useConnection(session);
    session.once('remoteSettings', ({ enableConnectProtocol }) => {
      if (stream.#session !== session) return;
      if (enableConnectProtocol === true) {
        stream.reportOpen();
        return;
      }
      stream.destroy();
      onUnsupported();
    });
    session.on('error', (cause: Error) => stream.#fail(session, cause.message, cause));
    session.on('close', () => stream.#fail(session, 'the server closed the connection'));
    return stream;
  }

  override write(bytes: Uint8Array): void {
    const rest = this.#request === null ? bytes : this.#ask(this.#request, bytes);
    if (rest.length > 0) super.write(rest);
  }

  override destroy(): void {
    super.destroy();
    this.#takeSession()?.destroy();
  }

  override linger(milliseconds: number): void {
    super.linger(milliseconds);
    const session = this.#takeSession();
    if (session === null) return;
    // Closes the connection as soon as its stream has closed.
    session.close();
    dropAfter(session, milliseconds, () => session.destroy());
  }

  /** Returns the bytes after the head. */
  #ask(request: HeadReader, bytes: Uint8Array): Uint8Array {
    const taken = request.push(bytes);
    const { head } = request;
    const session = this.#session;
    if (head === null || session === null) return bytes.subarray(taken);
    this.#request = null;
    const line = parseRequestLine(head.startLine);
    if (isFailure(line)) {
      this.failLater(line);
      return bytes.subarray(taken);
    }
    const accept = acceptKey(head.headers.get('sec-websocket-key') ?? '', nodePlatform);
    try {
      const stream = session.request(requestAsHttp2(line.target, head), { endStream: false });
      stream.on('response', (headers: IncomingHttpHeaders) => {
        if (this.stream === stream) this.reportData(responseAsHttp1(headers, accept));
      });
      this.attach(stream);
    } catch (cause) {
      const error = isError(cause) ? cause : new Error(String(cause));
      const message = `the request cannot be sent over HTTP/2: ${error.message}`;
      this.failLater(failed('TICKPEER_INVALID_HEADER', message, error));
    }
    return bytes.subarray(taken);
  }

  /** The connection broke before it had a stream. A stream reports the end by itself. */
  #fail(session: ClientHttp2Session, reason: string, cause?: Error): void {
    if (this.#session !== session || this.stream !== null) return;
    this.reportFailure(failed('TICKPEER_CONNECTION_LOST', `the HTTP/2 connection was lost: ${reason}`, cause));
  }

  #takeSession(): ClientHttp2Session | null {
    const session = this.#session;
    this.#session = null;
    return session;
  }
}
