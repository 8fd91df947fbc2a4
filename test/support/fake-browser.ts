import { onTestFinished } from 'vitest';

/** A fake of a browser's `WebSocket` or `WebSocketStream`. The test plays the server by calling its methods. */
export interface FakeSocket {
  readonly url: string;
  readonly protocols: readonly string[];
  readonly sent: (string | Uint8Array)[];
  /** The code and reason of the page's close; null before. */
  readonly closedWith: { code: number | undefined; reason: string | undefined } | null;
  open(protocol?: string): void;
  message(data: string | Uint8Array): void;
  end(isClean: boolean, code?: number, reason?: string): void;
  /** The network takes this many waiting bytes, or messages of a stream. */
  take(amount: number): void;
}

export type Kind = 'WebSocket' | 'WebSocketStream';

/** Replaces the browser's class with one of the two for this test, and returns the instance made last. */
export function fakeBrowser(kind: Kind, refuseWith: Error | null = null): { readonly last: FakeSocket } {
  const made: FakeSocket[] = [];
  const make = (Made: new (url: string, protocols: readonly string[]) => FakeSocket) =>
    function construct(url: string, options: readonly string[] | { protocols?: readonly string[] }): FakeSocket {
      if (refuseWith !== null) throw refuseWith;
      const socket = new Made(url, 'protocols' in options ? (options.protocols ?? []) : (options as string[]));
      made.push(socket);
      return socket;
    };
  const before = ['WebSocket', 'WebSocketStream'].map((name) => [name, Reflect.get(globalThis, name)] as const);
  onTestFinished(() => {
    for (const [name, value] of before) Reflect.set(globalThis, name, value);
  });
  Reflect.set(globalThis, 'WebSocket', make(kind === 'WebSocket' ? FakeWebSocket : NoSocket));
  Reflect.set(globalThis, 'WebSocketStream', kind === 'WebSocketStream' ? make(FakeWebSocketStream) : undefined);
  return {
    get last() {
      const last = made.at(-1);
      if (last === undefined) throw new Error('no connection was begun');
      return last;
    },
  };
}

class FakeWebSocket implements FakeSocket {
  binaryType = 'blob';
  bufferedAmount = 0;
  protocol = '';
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string | ArrayBuffer }) => void) | null = null;
  onclose: ((event: { wasClean: boolean; code: number; reason: string }) => void) | null = null;
  readonly sent: (string | Uint8Array)[] = [];
  closedWith: { code: number | undefined; reason: string | undefined } | null = null;
  readonly url: string;
  readonly protocols: readonly string[];

  constructor(url: string, protocols: readonly string[]) {
    this.url = url;
    this.protocols = protocols;
  }

  send(data: string | Uint8Array): void {
    if (typeof data !== 'string' && data.buffer instanceof SharedArrayBuffer) throw new TypeError('must not be shared');
    this.sent.push(typeof data === 'string' ? data : data.slice());
    this.bufferedAmount += typeof data === 'string' ? Buffer.byteLength(data) : data.length;
  }

  close(code?: number, reason?: string): void {
    if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999)) throw new Error('InvalidAccessError');
    this.closedWith ??= { code, reason };
  }

  open(protocol = ''): void {
    this.protocol = protocol;
    this.onopen?.();
  }

  message(data: string | Uint8Array): void {
    // A browser discards what arrives after close().
    if (this.closedWith !== null) return;
    if (this.binaryType !== 'arraybuffer') throw new Error('a Blob would have come');
    this.onmessage?.({ data: typeof data === 'string' ? data : new Uint8Array(data).buffer });
  }

  end(wasClean: boolean, code = 1006, reason = ''): void {
    this.onclose?.({ wasClean, code, reason });
  }

  take(amount: number): void {
    this.bufferedAmount -= amount;
  }
}

class FakeWebSocketStream implements FakeSocket {
  readonly url: string;
  readonly protocols: readonly string[];
  readonly sent: (string | Uint8Array)[] = [];
  closedWith: { code: number | undefined; reason: string | undefined } | null = null;
  readonly opened: Promise<object>;
  readonly closed: Promise<object>;
  #settleOpened!: { resolve(value: object): void; reject(error: Error): void };
  #settleClosed!: { resolve(value: object): void; reject(error: Error): void };
  readonly #taken: (() => void)[] = [];
  #source!: ReadableStreamDefaultController<string | Uint8Array>;
  #target: WritableStreamDefaultController | null = null;
  #isOpen = false;

  constructor(url: string, protocols: readonly string[]) {
    this.url = url;
    this.protocols = protocols;
    this.opened = new Promise((resolve, reject) => {
      this.#settleOpened = { resolve, reject };
    });
    this.closed = new Promise((resolve, reject) => {
      this.#settleClosed = { resolve, reject };
    });
  }

  close({ closeCode, reason }: { closeCode?: number; reason?: string } = {}): void {
    this.closedWith ??= { code: closeCode, reason };
  }

  open(protocol = ''): void {
    this.#isOpen = true;
    const readable = new ReadableStream({
      start: (controller) => {
        this.#source = controller;
      },
    });
    const writable = new WritableStream({
      start: (controller) => {
        this.#target = controller;
      },
      write: (chunk) => {
        this.sent.push(chunk);
        return new Promise<void>((resolve) => this.#taken.push(resolve));
      },
    });
    this.#settleOpened.resolve({ protocol, readable, writable });
  }

  message(data: string | Uint8Array): void {
    this.#source.enqueue(typeof data === 'string' ? data : new Uint8Array(data));
  }

  end(isClean: boolean, closeCode = 1006, reason = ''): void {
    const error = Object.assign(new Error('WebSocketError'), { closeCode, reason });
    // Data that was not passed on fails first.
    this.#target?.error(error);
    while (this.#taken.length > 0) this.take();
    if (!this.#isOpen) this.#settleOpened.reject(error);
    else this.#source.close(); // queued data is still read; `closed` has the outcome
    if (isClean) this.#settleClosed.resolve({ closeCode, reason });
    else this.#settleClosed.reject(error);
  }

  take(): void {
    this.#taken.shift()?.();
  }
}

/** If there is a `WebSocketStream`, the other class must not be used. */
class NoSocket extends FakeWebSocket {
  constructor(url: string, protocols: readonly string[]) {
    super(url, protocols);
    throw new Error('the WebSocket was used');
  }
}
