import { NO_BYTES } from '../../bytes.ts';
import { ErrorCode } from '../../error-code.ts';
import type { Failure } from '../../failure.ts';
import { ByteQueue } from './byte-queue.ts';
import type { StreamSink } from './stream-sink.ts';
import { TypedStream } from './typed-stream.ts';

/**
 * A two-way stream of bytes (docs/engine/streams.md#streampeer).
 *
 * It is used in one of two ways at a time:
 * - **polled**, as in Godot: `getPartialData`, `putPartialData` and the typed forms. Received bytes wait in a buffer of
 *   64 KiB. While it is full the stream below is not read, so that TCP's flow control stops the sender.
 * - **taken over**, by `setSink`: received bytes go to the sink. `WebSocketPeer.acceptStream` and
 *   `StreamPeerTLS.acceptStream` do that. From then on the program must not use the stream.
 *
 * No method waits. Where Godot's would block, `getData` returns all bytes or none, and `putData` queues.
 *
 * A subclass implements the abstract methods and reports what happens through `reportOpen`, `reportData`,
 * `reportDrain`, `reportEnd` and `reportFailure`.
 */
export abstract class StreamPeer extends TypedStream {
  /** The most received bytes that wait in polled use. While they do, the stream below is not read. */
  static readonly RECEIVE_BUFFER_SIZE = 65_536;
  /** The most unsent bytes that `putPartialData` queues. */
  static readonly SEND_BUFFER_SIZE = 65_536;

  #sink: StreamSink | null = null;
  #arrived: ByteQueue | null = null;
  #isOpen = false;
  #hasEnded = false;
  #failure: Failure | null = null;

  // ---------------------------------------------------------------- polled use

  /** Updates the stream's status. Returns `OK`, or the error since the last call. */
  abstract poll(): ErrorCode;

  /** How many bytes can be read right now. */
  getAvailableBytes(): number {
    return this.#arrived === null ? 0 : this.#arrived.size;
  }

  /**
   * Reads up to `bytes` bytes: those that have arrived, which may be none.
   * Returns `[OK, data]`; `[ERR_FILE_EOF, empty]` once the other side has ended and everything was read; or the code of
   * a stream that is not connected, with an empty array.
   */
  getPartialData(bytes: number): [ErrorCode, Uint8Array<ArrayBuffer>] {
    requireCount(bytes);
    const available = this.getAvailableBytes();
    if (available === 0) {
      const status = this.#readStatus();
      return [status, NO_BYTES];
    }
    const data = this.#arrived?.take(Math.min(bytes, available)) ?? NO_BYTES;
    if (this.getAvailableBytes() < StreamPeer.RECEIVE_BUFFER_SIZE) this.resumeReading();
    return [ErrorCode.OK, data];
  }

  /**
   * Reads exactly `bytes` bytes, or none: `ERR_BUSY` with an empty array when fewer have arrived (Godot would
   * block here), otherwise as `getPartialData`. `bytes` beyond the 64 KiB receive buffer is refused with
   * `ERR_INVALID_PARAMETER`: it could never succeed.
   */
  override getData(bytes: number): [ErrorCode, Uint8Array<ArrayBuffer>] {
    requireCount(bytes);
    if (bytes > StreamPeer.RECEIVE_BUFFER_SIZE) return [ErrorCode.ERR_INVALID_PARAMETER, NO_BYTES];
    if (this.getAvailableBytes() >= bytes) return this.getPartialData(bytes);
    const status = this.#readStatus();
    return [status === ErrorCode.OK ? ErrorCode.ERR_BUSY : status, NO_BYTES];
  }

  /**
   * Writes as many of `data`'s bytes as fit into 64 KiB of unsent ones. Returns `[OK, count]`, where count may be 0, or
   * the code of a stream that cannot be written to, with 0. An empty array is `OK` and does nothing.
   */
  putPartialData(data: Uint8Array): [ErrorCode, number] {
    if (data.length === 0) return [ErrorCode.OK, 0];
    const status = this.writeStatus();
    if (status !== ErrorCode.OK) return [status, 0];
    const room = Math.max(0, StreamPeer.SEND_BUFFER_SIZE - this.getUnsentBytes());
    const count = Math.min(room, data.length);
    if (count > 0) this.write(new Uint8Array(data.subarray(0, count)));
    return [ErrorCode.OK, count];
  }

  /** Writes all of `data`: bytes that the system does not take at once wait in memory. Returns as `putPartialData`. */
  override putData(data: Uint8Array): ErrorCode {
    if (data.length === 0) return ErrorCode.OK;
    const status = this.writeStatus();
    if (status === ErrorCode.OK) this.write(new Uint8Array(data));
    return status;
  }

  protected override peekData(bytes: number): Uint8Array | null {
    return this.getAvailableBytes() < bytes ? null : (this.#arrived?.peek(bytes) ?? NO_BYTES);
  }

  #readStatus(): ErrorCode {
    if (this.#hasEnded) {
      this.onEndRead();
      return ErrorCode.ERR_FILE_EOF;
    }
    return this.writeStatus();
  }

  // ---------------------------------------------------------------- taken over

  /**
   * Reports everything that arrives to `sink`. What has happened already (the opening, the bytes that wait, the end or the
   * failure) is reported before this call returns. `null` returns the stream to polled use.
   */
  setSink(sink: StreamSink | null): void {
    this.#sink = sink;
    if (sink === null) return;
    if (this.#isOpen) sink.onStreamOpen();
    if (this.#arrived !== null && this.#arrived.size > 0 && this.#sink === sink) {
      const waiting = this.#arrived.take(this.#arrived.size);
      this.#arrived = null;
      // The full buffer paused the stream below; the sink may pause it again while it takes the bytes.
      if (waiting.length >= StreamPeer.RECEIVE_BUFFER_SIZE) this.resumeReading();
      sink.onStreamData(waiting);
    }
    if (this.#sink !== sink) return;
    if (this.#failure !== null) sink.onStreamFailure(this.#failure);
    else if (this.#hasEnded) sink.onStreamEnd();
  }

  /** Stops reading from below: the other side's bytes wait in the kernel. One more chunk may still arrive. */
  abstract pauseReading(): void;
  abstract resumeReading(): void;

  /**
   * Writes all bytes, in order. It does nothing when the stream is not open. The memory must not be changed until
   * `getUnsentBytes()` is 0, which may be so when the call returns.
   */
  abstract write(bytes: Uint8Array): void;

  /** As `write` for each part, sent together. */
  writeAll(parts: readonly Uint8Array[]): void {
    for (const part of parts) this.write(part);
  }

  /** Written bytes that the layer below has not taken. A write that it took in part may count in full. */
  abstract getUnsentBytes(): number;

  /** Ends our direction after everything written is sent. Reading goes on. */
  abstract end(): void;

  /** Drops the connection at once: unsent bytes are lost, nothing more is read, and no sink is called. */
  abstract destroy(): void;

  /**
   * A graceful `destroy()`. For the program the stream is closed at once and no sink is called. But written bytes are still
   * sent, our direction then ends, and received bytes are discarded until the other side has ended too. (Dropping a TCP
   * connection with unread bytes makes the kernel send a reset, which can overtake the Close frame that was just written.)
   *
   * A stream on a system resource is destroyed after `milliseconds`. This default, for streams in memory, holds no
   * resource and has no time limit.
   */
  linger(_milliseconds: number): void {
    this.end();
    this.resumeReading();
    this.setSink(new DiscardingSink(this));
  }

  /** Whether a system resource is still held after `linger`; `destroy()` releases it at once. */
  get isLingering(): boolean {
    return false;
  }

  // ---------------------------------------------------------------- for subclasses

  /** Whether there is a sink. */
  protected get isTakenOver(): boolean {
    return this.#sink !== null;
  }

  /** Whether `reportOpen` was called for the current connection. */
  protected get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whether the other side has ended its direction. Bytes may still wait to be read. */
  protected get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** `OK` when bytes can be written, otherwise the code that reads and writes return. */
  protected abstract writeStatus(): ErrorCode;

  /** Called in polled use when the end of the other side's bytes was read. */
  protected onEndRead(): void {}

  protected reportOpen(): void {
    this.#isOpen = true;
    this.#sink?.onStreamOpen();
  }

  /** `chunk` may be overwritten by the sink; in polled use it is copied. */
  protected reportData(chunk: Uint8Array): void {
    if (this.#sink !== null) {
      this.#sink.onStreamData(chunk);
      return;
    }
    this.#arrived ??= new ByteQueue();
    this.#arrived.append(chunk);
    if (this.#arrived.size >= StreamPeer.RECEIVE_BUFFER_SIZE) this.pauseReading();
  }

  protected reportDrain(): void {
    this.#sink?.onStreamDrain();
  }

  protected reportEnd(): void {
    if (this.#hasEnded || this.#failure !== null) return;
    this.#hasEnded = true;
    this.#sink?.onStreamEnd();
  }

  protected reportFailure(failure: Failure): void {
    if (this.#failure !== null) return;
    this.#failure = failure;
    this.#sink?.onStreamFailure(failure);
  }

  /** Records a local mistake for `getLastFailure()`. The sink is not called, since the caller gets an `ErrorCode`. */
  protected recordFailure(failure: Failure): void {
    this.#failure = failure;
  }

  /** Removes and returns everything in the polled buffer, for a caller that puts it back elsewhere. */
  protected takeArrived(): Uint8Array<ArrayBuffer> {
    const waiting = this.#arrived?.take(this.#arrived.size) ?? NO_BYTES;
    this.#arrived = null;
    return waiting;
  }

  /** Resets the state of the last connection, for streams that can connect again. */
  protected resetReports(): void {
    this.#arrived = null;
    this.#isOpen = false;
    this.#hasEnded = false;
    this.#failure = null;
  }

  /** Whether the stream uses TLS. */
  get isEncrypted(): boolean {
    return false;
  }

  /** Why the stream broke, or null. */
  getLastFailure(): Failure | null {
    return this.#failure;
  }
}

/** The sink of a lingering stream: it discards everything. */
class DiscardingSink implements StreamSink {
  readonly #stream: StreamPeer;

  constructor(stream: StreamPeer) {
    this.#stream = stream;
  }

  onStreamOpen(): void {}
  onStreamData(): void {}
  onStreamDrain(): void {}

  onStreamEnd(): void {
    this.#stream.destroy();
  }

  onStreamFailure(): void {
    this.#stream.destroy();
  }
}

function requireCount(bytes: number): void {
  if (!Number.isSafeInteger(bytes) || bytes < 0) throw new RangeError(`a byte count is an integer >= 0, not ${bytes}`);
}
