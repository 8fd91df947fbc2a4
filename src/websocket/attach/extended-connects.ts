import type { IncomingMessage } from 'node:http';
import type {
  Http2SecureServer,
  Http2ServerRequest,
  Http2ServerResponse,
  IncomingHttpHeaders,
  Http2Server as PlainServer,
  ServerHttp2Stream,
} from 'node:http2';
import type { Duplex } from 'node:stream';
import { HTTP2_CODES as constants } from '../../stream/index.ts';
import { isWebSocketConnect } from '../http2/http2-head.ts';
import { HTTP2ServedStream } from '../http2/http2-served-stream.ts';
import type { Attachment } from './http-attachment.ts';

export type Http2Server = PlainServer | Http2SecureServer;

export function isHttp2Server(server: object): server is Http2Server {
  return 'updateSettings' in server;
}

/**
 * The WebSocket requests of an HTTP/2 server: extended CONNECT (RFC 8441), which `listen` allows.
 *
 * An application at such a server listens either to 'request', Node's HTTP/1.1 interface, and gets CONNECT by 'connect'; or to
 * 'stream', for every request. A request that no listener takes gets the response that Node alone would send.
 */
export class ExtendedConnects {
  readonly #server: Http2Server;
  readonly #find: (target: string) => Attachment | undefined;
  /** Streams that were taken: with listeners for both events, each stream comes twice. */
  readonly #taken = new WeakSet<ServerHttp2Stream>();

  constructor(server: Http2Server, find: (target: string) => Attachment | undefined) {
    this.#server = server;
    this.#find = find;
  }

  listen(): void {
    // This counts for new connections.
    this.#server.updateSettings({ enableConnectProtocol: true });
    this.#server.on('stream', this.#onStream);
    this.#server.on('connect', this.#onConnect);
  }

  /** Extended CONNECT stays allowed: a server must not take it back (RFC 8441 section 3). */
  ignore(): void {
    this.#server.off('stream', this.#onStream);
    this.#server.off('connect', this.#onConnect);
  }

  readonly #onStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void => {
    if (this.#take(stream, headers)) return;
    if (this.#server.listenerCount('stream') > 1) {
      // The other listeners may ignore the stream, and its errors.
      if (isWebSocketConnect(headers)) stream.on('error', ignore);
      return;
    }
    turnAway(stream, constants.HTTP_STATUS_NOT_FOUND);
  };

  /** An HTTP/1.1 request comes with its socket, an HTTP/2 request with a response object. */
  readonly #onConnect = (request: IncomingMessage | Http2ServerRequest, answer: Duplex | Http2ServerResponse): void => {
    const isNobodyElses = this.#server.listenerCount('connect') === 1;
    if (!('stream' in request)) {
      if ('destroy' in answer) answer.on('error', ignore);
      if (isNobodyElses && 'destroy' in answer) answer.destroy();
      return;
    }
    const { stream, headers } = request;
    if (this.#take(stream, headers)) return;
    if (!isNobodyElses) stream.on('error', ignore);
    if (!isNobodyElses || stream.headersSent) return;
    const { HTTP_STATUS_NOT_FOUND, HTTP_STATUS_METHOD_NOT_ALLOWED } = constants;
    const status = isWebSocketConnect(headers) ? HTTP_STATUS_NOT_FOUND : HTTP_STATUS_METHOD_NOT_ALLOWED;
    turnAway(stream, status);
  };

  /** Returns whether an attachment took the stream. */
  #take(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): boolean {
    if (this.#taken.has(stream)) return true;
    const attachment = isWebSocketConnect(headers) ? this.#find(headers[':path'] ?? '') : undefined;
    const served = attachment === undefined ? null : HTTP2ServedStream.over(stream, headers);
    if (attachment === undefined || served === null) return false;
    this.#taken.add(stream);
    if (!attachment.take(served)) stream.close(constants.NGHTTP2_REFUSED_STREAM);
    return true;
  }
}

function ignore(): void {}

function turnAway(stream: ServerHttp2Stream, status: number): void {
  // Without a listener, a reset would end the process.
  stream.on('error', () => stream.destroy());
  if (!stream.destroyed && !stream.closed) stream.respond({ ':status': status }, { endStream: true });
}
