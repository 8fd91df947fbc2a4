import type { Socket } from 'node:net';
import { clearTimeout, setTimeout } from 'node:timers';
import type { Failure } from '../../failure.ts';
import { StreamPeer } from '../peer/stream-peer.ts';
import type { StreamSink } from '../peer/stream-sink.ts';
import { plainAddress } from './plain-address.ts';
import { readIntoSharedBuffer, setSharedReading } from './shared-reading.ts';

/** Where a socket keeps the stream that listens to it, so that all sockets share one set of listeners. */
const OWNER = Symbol('tickpeer stream');

interface OwnedSocket extends Socket {
  [OWNER]?: SocketStream | null;
}

const LONGEST_DELAY = 2 ** 31 - 1;
const NO_BYTES = new Uint8Array(0);

/**
 * A `StreamPeer` over a Node socket: a `net.Socket`, or a `tls.TLSSocket`, which is one too.
 *
 * Nothing is read from the socket before somebody asks: a sink, `poll()`, or one of the polled getters. The listeners are
 * functions shared by all sockets, and a stream makes no closure as long as the system takes what it writes: an idle one
 * costs little.
 */
export abstract class SocketStream extends StreamPeer {
  #socket: OwnedSocket | null = null;
  /** Let go by `linger`, and not closed yet when it was. */
  #lingering: Socket | null = null;
  /** Another layer (TLS) reads and writes the socket now. */
  #isSurrendered = false;
  #isReadingWanted = false;
  #isPaused = false;
  /** The bytes come through the buffer that all sockets share. */
  #isReadingShared = false;
  #hasUnsent = false;
  #noDelay = true;
  #onWritten: (() => void) | null = null;

  // ---------------------------------------------------------------- the socket's addresses

  /** The other side's IP address, `''` when not connected. IPv4 addresses are dotted quads even on a dual-stack socket. */
  getConnectedHost(): string {
    return plainAddress(this.#socket?.remoteAddress);
  }

  /** The other side's port, 0 when not connected. */
  getConnectedPort(): number {
    return this.#socket?.remotePort ?? 0;
  }

  /** Our own IP address on this connection, `''` when not connected. */
  getLocalHost(): string {
    return plainAddress(this.#socket?.localAddress);
  }

  /** Our own port on this connection, 0 when not connected. */
  getLocalPort(): number {
    return this.#socket?.localPort ?? 0;
  }

  /**
   * Whether small writes leave at once (TCP_NODELAY) instead of waiting for the acknowledgement of earlier ones. Default:
   * true, other than in the engine, whose `WebSocketPeer` turns it on. Where there is no TCP below, nothing happens.
   */
  setNoDelay(enabled: boolean): void {
    this.#noDelay = enabled;
    this.#socket?.setNoDelay(enabled);
  }

  // ---------------------------------------------------------------- StreamPeer

  override getAvailableBytes(): number {
    this.startReading();
    return super.getAvailableBytes();
  }

  override setSink(sink: StreamSink | null): void {
    super.setSink(sink);
    if (sink !== null && this.isTakenOver) this.startReading();
  }

  override pauseReading(): void {
    this.#isPaused = true;
    this.#setReading(false);
  }

  override resumeReading(): void {
    this.#isPaused = false;
    if (this.#isReadingWanted) this.#setReading(true);
  }

  override write(bytes: Uint8Array): void {
    const socket = this.#writableSocket();
    if (socket === null) return;
    this.#writeLast(socket, bytes);
  }

  override writeAll(parts: readonly Uint8Array[]): void {
    const socket = this.#writableSocket();
    if (socket === null || parts.length === 0) return;
    const last = parts.length - 1;
    socket.cork();
    for (let index = 0; index < last; index++) socket.write(parts[index]!);
    this.#writeLast(socket, parts[last]!);
    socket.uncork();
    if (socket.writableLength > 0) this.#awaitWritten(socket);
  }

  override getUnsentBytes(): number {
    return this.#isSurrendered ? 0 : (this.#socket?.writableLength ?? 0);
  }

  override end(): void {
    if (!this.#isSurrendered) this.#socket?.end();
  }

  override destroy(): void {
    this.setSink(null);
    this.#release()?.destroy();
    this.#lingering?.destroy();
    this.#lingering = null;
  }

  /**
   * As `StreamPeer.linger`; the socket is dropped when both directions have ended, at the latest after `milliseconds`
   * (>= 0). The wait does not keep the process alive. A stream that is not open yet is dropped at once.
   */
  override linger(milliseconds: number): void {
    if (!(milliseconds >= 0)) throw new RangeError(`a linger time is a number >= 0, not ${milliseconds}`);
    const isOpen = this.isOpen && !this.#isSurrendered;
    this.setSink(null);
    const socket = this.#release();
    if (socket === null) return;
    if (!isOpen || socket.destroyed) {
      socket.destroy();
      return;
    }
    // Once both directions have ended, Node destroys the socket by itself.
    this.#lingering = socket;
    socket.end();
    socket.resume();
    const timer = setTimeout(() => socket.destroy(), Math.min(milliseconds, LONGEST_DELAY)).unref();
    socket.once('close', () => clearTimeout(timer));
  }

  override get isLingering(): boolean {
    return this.#lingering?.destroyed === false;
  }

  // ---------------------------------------------------------------- for subclasses

  /** The failure that a socket's error means to this kind of stream. */
  protected abstract describeError(error: NodeJS.ErrnoException): Failure;

  /** The socket below, also when another layer uses it; null before `attach` and after `destroy` or `linger`. */
  protected get socket(): Socket | null {
    return this.#socket;
  }

  /** Whether another layer has taken the socket (`surrender`). */
  protected get isSurrendered(): boolean {
    return this.#isSurrendered;
  }

  /** Begins to listen to `socket`, which is left paused until somebody wants its bytes. It must not have ended yet. */
  protected attach(socket: Socket): void {
    const owned: OwnedSocket = socket;
    this.#socket = owned;
    this.#lingering = null;
    this.#isSurrendered = this.#isReadingWanted = this.#hasUnsent = false;
    this.#isReadingShared = false;
    // A sink that came before the socket may have asked for a pause.
    if (!this.isTakenOver) this.#isPaused = false;
    owned[OWNER] = this;
    // Before the 'data' listener, which would set an undecided socket flowing.
    socket.pause();
    socket.allowHalfOpen = true;
    if (socket.timeout) socket.setTimeout(0);
    socket.setNoDelay(this.#noDelay);
    socket.on('data', SocketStream.#onData);
    socket.on('end', SocketStream.#onEnd);
    socket.on('error', SocketStream.#onError);
    socket.on('close', SocketStream.#onClose);
  }

  protected override reportOpen(): void {
    super.reportOpen();
    // Whoever has heard of it may have put TLS on top: then nothing must have been read.
    if (this.isTakenOver) this.startReading();
  }

  /** Somebody wants the bytes. */
  protected startReading(): void {
    if (this.#isReadingWanted) return;
    this.#isReadingWanted = true;
    if (!this.#isPaused) this.#setReading(true);
  }

  /**
   * Gives the socket to another layer, paused, with all bytes that were read but not taken put back into it, and stops
   * reading and writing it. Null when there is no open socket, or it has ended already. Addresses stay known, and
   * `destroy()` still drops it.
   */
  protected surrender(): Socket | null {
    const socket = this.#socket;
    if (socket === null || !this.isOpen || this.#isSurrendered || socket.destroyed || socket.readableEnded) return null;
    // A sink has had it: its bytes no longer come as events.
    if (this.#isReadingShared) return null;
    this.setSink(null);
    socket.pause();
    this.#isSurrendered = true;
    socket[OWNER] = null;
    // The listener for errors stays: an error that nobody listens to ends the process.
    socket.off('data', SocketStream.#onData);
    socket.off('end', SocketStream.#onEnd);
    socket.off('close', SocketStream.#onClose);
    const waiting = this.takeArrived();
    if (waiting.length > 0) socket.unshift(waiting);
    return socket;
  }

  /** A sink takes its bytes at once, so they need no memory of their own. */
  #shareReading(socket: OwnedSocket): void {
    // Before it is open there is nothing to read from, and TLS may come on top.
    const isOurs = this.#socket === socket && this.isOpen && this.isTakenOver && !this.#isReadingShared;
    // A socket that is paused may hold bytes that have to come first.
    if (!isOurs || this.#isPaused || socket.readableLength > 0) return;
    this.#isReadingShared = readIntoSharedBuffer(socket, SocketStream.#onRead);
  }

  #setReading(isReading: boolean): void {
    const socket = this.#socket;
    if (socket === null || this.#isSurrendered) return;
    if (isReading) this.#shareReading(socket);
    if (this.#isReadingShared) setSharedReading(socket, isReading);
    else if (isReading) socket.resume();
    else socket.pause();
  }

  /** Lets the socket go without a word: its later events reach nobody. */
  #release(): Socket | null {
    const socket = this.#socket;
    this.#socket = null;
    if (socket !== null) socket[OWNER] = null;
    return socket;
  }

  #writableSocket(): Socket | null {
    const socket = this.#socket;
    return socket?.writable && this.isOpen && !this.#isSurrendered ? socket : null;
  }

  /**
   * Writes what nothing follows for now. TLS always passes its bytes on a little later: there every last write has a callback,
   * which tells when that has happened.
   */
  #writeLast(socket: Socket, bytes: Uint8Array): void {
    if (this.isEncrypted) {
      this.#hasUnsent = true;
      socket.write(bytes, this.#writtenCallback());
    } else {
      socket.write(bytes);
      if (socket.writableLength > 0 && socket.writableCorked === 0) this.#awaitWritten(socket);
    }
  }

  /**
   * The system did not take all at once. A write's callback is the only word that Node gives about the last byte: its
   * 'drain' needs a high-water mark to be passed. An empty write behind the others brings one when it matters, so that all
   * the other writes need none.
   */
  #awaitWritten(socket: Socket): void {
    if (this.#hasUnsent) return;
    this.#hasUnsent = true;
    socket.write(NO_BYTES, this.#writtenCallback());
  }

  #writtenCallback(): () => void {
    this.#onWritten ??= () => {
      const socket = this.#socket;
      if (!this.#hasUnsent || socket === null || socket.destroyed) return;
      const hasMore = socket.writableLength > 0;
      // Behind what TLS still has is another callback; behind what was written before `end()`, nothing that anybody waits for.
      if (hasMore && (this.isEncrypted || socket.writableEnded)) return;
      this.#hasUnsent = false;
      if (hasMore) this.#awaitWritten(socket);
      else this.reportDrain();
    };
    return this.#onWritten;
  }

  // ---------------------------------------------------------------- shared listeners; `this` is the socket

  static readonly #onData = function (this: OwnedSocket, chunk: Uint8Array): void {
    const owner = this[OWNER];
    if (!owner) return;
    owner.reportData(chunk);
    owner.#shareReading(this);
  };

  static readonly #onRead = function (this: OwnedSocket, size: number, buffer: Uint8Array): boolean {
    const owner = this[OWNER];
    if (!owner) return true;
    owner.reportData(size === buffer.length ? buffer : buffer.subarray(0, size));
    return !owner.#isPaused;
  };

  static readonly #onEnd = function (this: OwnedSocket): void {
    this[OWNER]?.reportEnd();
  };

  static readonly #onError = function (this: OwnedSocket, error: Error): void {
    const owner = this[OWNER];
    owner?.reportFailure(owner.describeError(error));
  };

  static readonly #onClose = function (this: OwnedSocket): void {
    const owner = this[OWNER];
    // After an end that is how a connection ends; otherwise somebody destroyed the socket behind our back.
    if (owner && !owner.hasEnded) owner.reportFailure(owner.describeError(new Error('the socket was closed')));
  };
}
