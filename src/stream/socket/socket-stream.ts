import type { Socket } from 'node:net';
import { NO_BYTES } from '../../bytes.ts';
import type { Failure } from '../../failure.ts';
import { StreamPeer } from '../peer/stream-peer.ts';
import type { StreamSink } from '../peer/stream-sink.ts';
import { dropAfter } from '../runtime/drop-after.ts';
import { plainAddress } from './plain-address.ts';
import { readIntoSharedBuffer, receivedBytes, setSharedReading } from './shared-reading.ts';

/** The property of a socket that holds its stream, so that all sockets share one set of listeners. */
const OWNER = Symbol('tickpeer stream');

interface OwnedSocket extends Socket {
  [OWNER]?: SocketStream | null;
}

/**
 * A `StreamPeer` over a Node socket: a `net.Socket`, or a `tls.TLSSocket`, which is one too.
 * `StreamPeerSocket` and `StreamPeerTLS` extend it, and add a status each.
 *
 * The socket is not read before a sink, `poll()` or a polled getter needs its bytes. To save memory, all sockets share the
 * listeners, and a stream makes no closure while the system takes everything it writes.
 */
export abstract class SocketStream extends StreamPeer {
  #socket: OwnedSocket | null = null;
  /** The socket after `linger`, until it is closed. */
  #lingering: Socket | null = null;
  /** Another layer (TLS) reads and writes the socket now. */
  #isSurrendered = false;
  #isReadingWanted = false;
  #isPaused = false;
  /** The socket reads into the buffer that all sockets share. */
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
   * Whether small writes are sent at once (TCP_NODELAY) instead of after the acknowledgement of earlier ones. Default: true;
   * in Godot it is false until `WebSocketPeer` sets it. Without TCP it has no effect.
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
   * As `StreamPeer.linger`. The socket is destroyed when both directions have ended, at the latest after `milliseconds`
   * (>= 0). The wait does not keep the process alive. A stream that is not open yet is destroyed at once.
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
    dropAfter(socket, milliseconds, () => socket.destroy());
  }

  override get isLingering(): boolean {
    return this.#lingering?.destroyed === false;
  }

  // ---------------------------------------------------------------- for subclasses

  /** The failure for a socket's error. */
  protected abstract describeError(error: NodeJS.ErrnoException): Failure;

  /** The socket below, also when another layer uses it; null before `attach` and after `destroy` or `linger`. */
  protected get socket(): Socket | null {
    return this.#socket;
  }

  /** Whether another layer has taken the socket (`surrender`). */
  protected get isSurrendered(): boolean {
    return this.#isSurrendered;
  }

  /** Starts to use `socket`, which must not have ended. It stays paused until its bytes are needed. */
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
    // A listener may have started TLS on the socket: then nothing must have been read.
    if (this.isTakenOver) this.startReading();
  }

  /** Called when the bytes are needed. */
  protected startReading(): void {
    if (this.#isReadingWanted) return;
    this.#isReadingWanted = true;
    if (!this.#isPaused) this.#setReading(true);
  }

  /**
   * Stops using the socket and returns it for another layer: paused, with the bytes put back that were read but not taken.
   * Null when there is no open socket, or it has ended already. Addresses stay known, and `destroy()` still destroys it.
   */
  protected surrender(): Socket | null {
    const socket = this.#socket;
    if (socket === null || !this.isOpen || this.#isSurrendered || socket.destroyed || socket.readableEnded) return null;
    // A sink has read it: its bytes no longer come as events.
    if (this.#isReadingShared) return null;
    this.setSink(null);
    socket.pause();
    this.#isSurrendered = true;
    socket[OWNER] = null;
    // The 'error' listener stays: without one, an error ends the process.
    socket.off('data', SocketStream.#onData);
    socket.off('end', SocketStream.#onEnd);
    socket.off('close', SocketStream.#onClose);
    const waiting = this.takeArrived();
    if (waiting.length > 0) socket.unshift(waiting);
    return socket;
  }

  /** Reads into the shared buffer, which only works for a sink, because it uses the bytes at once. */
  #shareReading(socket: OwnedSocket): void {
    // Not before it is open: TLS may still be started on the socket.
    const isOurs = this.#socket === socket && this.isOpen && this.isTakenOver && !this.#isReadingShared;
    // A paused socket may hold bytes that have to come first.
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

  /** Detaches the socket: its later events are ignored. */
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
   * The last write of a call. TLS always passes its bytes on a little later, so every last write has a callback there, which
   * is called when that has happened.
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
   * Called when the system did not take all bytes. Only a write's callback says when the last byte is taken: 'drain' comes
   * only above the high-water mark. An empty write behind the others has that callback, so that the others need none.
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
      // What TLS still has is followed by another callback. After `end()`, nothing waits for a drain.
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

  static readonly #onRead = function (this: OwnedSocket, size: number): boolean {
    const owner = this[OWNER];
    if (!owner) return true;
    owner.reportData(receivedBytes(size));
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
    // Expected after an end. Otherwise other code destroyed the socket.
    if (owner && !owner.hasEnded) owner.reportFailure(owner.describeError(new Error('the socket was closed')));
  };
}
