import type { Clock } from '../../clock.ts';
import type { Failure } from '../../failure.ts';
import { browserGlobals } from './globals.ts';
import { SocketTransport } from './socket-transport.ts';
import { StreamTransport } from './stream-transport.ts';

/** Messages both ways by what the browser has: a `WebSocket`, or a `WebSocketStream`. */
export interface BrowserTransport {
  /** Whether `onMessage` is listened to when it says to stop; otherwise everything comes when it comes. */
  readonly canPause: boolean;
  /** Payload bytes that the browser has not passed on; a message passed on in part counts whole. */
  readonly unsentBytes: number;
  readonly unsentPackets: number;
  /** Only between `onOpen` and `onClose`. `size` is the payload's, as UTF-8. The message is copied. */
  send(message: string | Uint8Array, size: number): void;
  /** There is room for messages again. */
  resume(): void;
  /** The closing handshake; `code` is 1000 or 3000 to 4999. `onClose` follows, unless the other side never answers. */
  close(code: number, reason: string): void;
  /** Ends the connection as far as a browser can; nothing is reported any more. */
  abandon(code: number): void;
}

/** Who hears of it, always from the event loop. */
export interface TransportSink {
  onOpen(protocol: string): void;
  /** False: no further message is wanted until `resume()`. */
  onMessage(message: string | ArrayBuffer | Uint8Array<ArrayBuffer>): boolean;
  /**
   * The end, also of an attempt that failed. `code` is 1006 where there was no closing handshake: the browser's "clean" is not
   * that, it is false also for a Close that arrives while messages of ours wait. `isComplete`: all that came before was passed on.
   */
  onClose(code: number, reason: string, isComplete: boolean): void;
}

/** Begins to connect; or why that cannot be, which a browser says by throwing. */
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

/** A `SyntaxError` finds fault with what was asked for, a `SecurityError` with where: `ws:` from an `https:` page. */
function refusal(error: unknown): Failure {
  const cause = error instanceof Error ? error : new Error(String(error));
  if (cause.name === 'SyntaxError') {
    return { code: 'TICKPEER_INVALID_URL', message: `the browser refuses the URL: ${cause.message}`, cause };
  }
  return { code: 'TICKPEER_BLOCKED', message: `the browser does not allow the connection: ${cause.message}`, cause };
}
