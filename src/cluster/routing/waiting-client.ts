import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { setReading } from './socket-reading.ts';

/**
 * A client's socket while its route is looked for. It is read until the first bytes come, because reading shows that the client has
 * disconnected; then it is paused, so that at most one read of them is kept (RFC 6455 4.1 forbids clients to send any).
 */
export class WaitingClient {
  readonly socket: Socket;
  readonly #early: Uint8Array[];
  readonly #ended = new AbortController();
  #isGone = false;

  constructor(socket: Socket, head: Uint8Array) {
    this.socket = socket;
    this.#early = head.length > 0 ? [head] : [];
    socket.on('data', this.#onData).on('end', this.#onGone).on('error', this.#onGone).on('close', this.#onGone);
    if (socket.timeout) socket.setTimeout(0);
    if (socket.destroyed || socket.readableEnded) this.#onGone();
  }

  /** Aborts when the client has disconnected, and with `stop`. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** Whether the client has disconnected. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** The bytes that came after the request. */
  get early(): Buffer {
    return Buffer.concat(this.#early);
  }

  /** Ends the waiting from this side. */
  stop(): void {
    this.#ended.abort(new Error('the front is closed'));
  }

  /**
   * Stops the reading, so that another process can go on with it: all that was read is in `early`. Returns false for a socket that cannot be
   * handed over.
   */
  hold(): boolean {
    const { socket } = this;
    if (this.#isGone || socket instanceof TLSSocket || socket.remoteAddress === undefined) return false;
    socket.pause();
    // Each read is also an event.
    while (socket.read() !== null);
    return setReading(socket, false);
  }

  /** Ends `hold`. */
  goOn(): void {
    setReading(this.socket, true);
  }

  /** Closes the socket of this process. If another process has it, the connection stays open. */
  drop(): void {
    this.#detach();
    this.socket.on('error', ignore).destroy();
  }

  /** Leaves the socket, paused, to the caller, who has to listen to it in this turn. Returns `early`; null when the client is gone. */
  release(): Buffer | null {
    if (this.#isGone) return null;
    this.#detach();
    this.socket.pause();
    return this.early;
  }

  readonly #onData = (chunk: Uint8Array): void => {
    this.#early.push(chunk);
    this.socket.pause();
  };

  readonly #onGone = (): void => {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#detach();
    // An error may follow.
    this.socket.on('error', ignore);
    this.socket.destroy();
    this.#ended.abort(new Error('the client has disconnected'));
  };

  #detach(): void {
    this.socket
      .off('data', this.#onData)
      .off('end', this.#onGone)
      .off('error', this.#onGone)
      .off('close', this.#onGone);
  }
}

function ignore(): void {}
