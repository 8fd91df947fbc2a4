import type { Clock } from '../../clock.ts';
import type { Failure } from '../../failure.ts';
import { browserGlobals } from './globals.ts';
import { SocketTransport } from './socket-transport.ts';
import { StreamTransport } from './stream-transport.ts';

/** Sends and receives messages by a browser's `WebSocket` or `WebSocketStream`. */
export interface BrowserTransport {
  /** Whether reading stops when `onMessage` returns false; a `WebSocket` does not stop. */
  readonly canPause: boolean;
  /** Payload bytes that the browser has not passed on; a message passed on in part counts whole. */
  readonly unsentBytes: number;
  readonly unsentPackets: number;
  /** Only between `onOpen` and `onClose`. `size` is the payload's, as UTF-8. The message is copied. */
  send(message: string | Uint8Array, size: number): void;
  /** Resumes reading: there is room for messages again. */
  resume(): void;
  /** Begins the closing handshake; `code` is 1000 or 3000 to 4999. `onClose` follows when the other side closes, too. */
  close(code: number, reason: string): void;
  /** Ends the connection as far as a browser can. Nothing is reported any more. */
  abandon(code: number): void;
}

/** What a transport reports to; it calls from the event loop only. */
export interface TransportSink {
  onOpen(protocol: string): void;
  /** Returns false to stop reading until `resume()`. */
  onMessage(message: string | ArrayBuffer | Uint8Array<ArrayBuffer>): boolean;
  /**
   * The end, also of an attempt that failed. `code` is 1006 without a closing handshake. (The browser's `wasClean` is false also for
   * a Close that arrives while messages wait to be sent.) `isComplete`: all messages before it were passed on.
   */
  onClose(code: number, reason: string, isComplete: boolean): void;
}

/** Begins to connect; a failure where the browser throws. */
export function openTransport(
  url: string,
  protocols: readonly string[],
  sink: TransportSink,
  { clock, usesStream }: { readonly clock: Clock; readonly usesStream: boolean },
): BrowserTransport | Failure {
  const { WebSocket, WebSocketStream } = browserGlobals();
  try {
    if (usesStream && WebSocketStream !== undefined)
      return new StreamTransport(new WebSocketStream(url, { protocols }), sink, clock);
    if (WebSocket !== undefined) return new SocketTransport(new WebSocket(url, protocols), sink);
  } catch (error) {
    return refusal(error);
  }
  return { code: 'TICKPEER_UNAVAILABLE', message: 'there is no WebSocket here' };
}

/** The browser throws a `SyntaxError` for a bad URL or sub-protocol, a `SecurityError` for `ws:` from an `https:` page. */
function refusal(error: unknown): Failure {
  const cause = error instanceof Error ? error : new Error(String(error));
  if (cause.name === 'SyntaxError') {
    return { code: 'TICKPEER_INVALID_URL', message: `the browser refuses the URL: ${cause.message}`, cause };
  }
  return { code: 'TICKPEER_BLOCKED', message: `the browser does not allow the connection: ${cause.message}`, cause };
}
