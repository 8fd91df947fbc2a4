/**
 * Types of the few browser objects that a peer uses. The sources compile without the DOM's types, so that no other browser object can
 * be used by accident.
 */

/** `WebSocket` (WHATWG WebSockets Standard, section 3). */
export interface BrowserWebSocket {
  binaryType: string;
  readonly bufferedAmount: number;
  readonly protocol: string;
  onopen: (() => void) | null;
  onmessage: ((event: { readonly data: string | ArrayBuffer }) => void) | null;
  onclose: ((event: BrowserCloseEvent) => void) | null;
  send(data: string | Uint8Array): void;
  close(code?: number, reason?: string): void;
}

export interface BrowserCloseEvent {
  readonly code: number;
  readonly reason: string;
}

/** `WebSocketStream`, so far in Chromium only. */
export interface BrowserWebSocketStream {
  readonly opened: Promise<BrowserStreamOpening>;
  /** Rejects with a `WebSocketError` without a closing handshake, and where it came while messages waited to be sent. */
  readonly closed: Promise<BrowserStreamEnd>;
  close(how?: { readonly closeCode?: number; readonly reason?: string }): void;
}

/** How a stream ended; a `WebSocketError` has the same. */
export interface BrowserStreamEnd {
  readonly closeCode?: number | null;
  readonly reason?: string;
}

export interface BrowserStreamOpening {
  readonly protocol: string;
  readonly readable: { getReader(): BrowserReader };
  readonly writable: { getWriter(): BrowserWriter };
}

export interface BrowserReader {
  /** Early versions give an `ArrayBuffer`, later ones a `Uint8Array`; no two share memory. */
  read(): Promise<{ readonly done: boolean; readonly value?: string | ArrayBuffer | Uint8Array<ArrayBuffer> }>;
}

export interface BrowserWriter {
  write(chunk: string | Uint8Array): Promise<void>;
  /** Discards what was written and not passed on. */
  abort(): Promise<void>;
}

interface BrowserGlobals {
  readonly WebSocket?: new (url: string, protocols: readonly string[]) => BrowserWebSocket;
  readonly WebSocketStream?: new (
    url: string,
    options: { readonly protocols?: readonly string[] },
  ) => BrowserWebSocketStream;
}

/** Read at every use: a page or a test may replace it. */
export function browserGlobals(): BrowserGlobals {
  return globalThis as BrowserGlobals; // what a browser has, beyond the language itself
}
