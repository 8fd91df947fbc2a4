import type { BrowserWebSocket } from './globals.ts';
import type { BrowserTransport, TransportSink } from './transport.ts';

/** Over a browser's `WebSocket`, which cannot stop reading. */
export class SocketTransport implements BrowserTransport {
  readonly canPause = false;
  readonly #socket: BrowserWebSocket;
  /** Sizes of the messages that may not have left, from `#first` on, and their sum. */
  #sizes: number[] = [];
  #first = 0;
  #unsent = 0;

  constructor(socket: BrowserWebSocket, sink: TransportSink) {
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => sink.onOpen(socket.protocol);
    socket.onmessage = ({ data }) => {
      sink.onMessage(data);
    };
    // There is no listener for 'error': the 'close' event after it tells as much.
    socket.onclose = ({ code, reason }) => sink.onClose(code, reason, true);
  }

  get unsentBytes(): number {
    this.#forgetSent();
    return this.#unsent;
  }

  get unsentPackets(): number {
    this.#forgetSent();
    return this.#sizes.length - this.#first;
  }

  send(message: string | Uint8Array, size: number): void {
    try {
      this.#socket.send(message);
    } catch {
      // The browser takes no memory that is shared or resizable.
      this.#socket.send(typeof message === 'string' ? message : new Uint8Array(message));
    }
    this.#sizes.push(size);
    this.#unsent += size;
  }

  resume(): void {}

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  abandon(code: number): void {
    const socket = this.#socket;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close(code);
  }

  /** Counts messages by `bufferedAmount`: the browser tells bytes only, and sends in order. */
  #forgetSent(): void {
    const { bufferedAmount } = this.#socket;
    const sizes = this.#sizes;
    while (this.#first < sizes.length && this.#unsent - sizes[this.#first]! >= bufferedAmount) {
      this.#unsent -= sizes[this.#first]!;
      this.#first++;
    }
    if (this.#first === 0 || this.#first < sizes.length / 2) return;
    this.#sizes = sizes.slice(this.#first);
    this.#first = 0;
  }
}
