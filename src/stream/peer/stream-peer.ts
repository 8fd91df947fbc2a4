import { ErrorCode } from '../../error-code.ts';
import type { Failure } from '../../failure.ts';
import { ByteQueue } from './byte-queue.ts';
import type { StreamSink } from './stream-sink.ts';
import { TypedStream } from './typed-stream.ts';

const NO_BYTES = new Uint8Array(0);

/**
 * A two-way stream of bytes (spec/websocket-peer.md section 15).
 *
 * It can be used in two ways, one at a time:
 * - **polled**, as in the engine: `getPartialData`, `putPartialData` and the typed forms. Bytes that arrive wait in a
 *   bounded buffer (64 KiB; beyond it the stream below is not read, so that TCP pushes back);
 * - **taken over**, by `setSink`: bytes go straight to the sink. `WebSocketPeer.acceptStream` and
 *   `StreamPeerTLS.acceptStream` do that; from then on the program leaves the stream alone.
 *
 * No method ever waits. Where the engine's would block, `getData` takes all or nothing and `putData` queues.
 *
 * A subclass implements the abstract methods and reports what happens through `reportOpen`, `reportData`,
 * `reportDrain`, `reportEnd` and `reportFailure`.
 */
export abstract class StreamPeer extends TypedStream {
  /** How many received bytes wait at most, in polled use, before the stream below is no longer read. */
  static readonly RECEIVE_BUFFER_SIZE = 65_536;
  /** How many unsent bytes `putPartialData` lets pile up. */
  static readonly SEND_BUFFER_SIZE = 65_536;

  #sink: StreamSink | null = null;
  #arrived: ByteQueue | null = null;
  #isOpen = false;
  #hasEnded = false;
  #failure: Failure | null = null;

  // ---------------------------------------------------------------- polled use

  /** Moves the stream's status on. Returns `OK`, or what went wrong since the last call. */
  abstract poll(): ErrorCode;

  /** How many bytes can be read right now. */
  getAvailableBytes(): number {
    return this.#arrived === null ? 0 : this.#arrived.size;
  }

  /**
   * Reads up to `bytes` bytes: what is there, which may be nothing.
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
   * Reads exactly `bytes` bytes, or none: `ERR_BUSY` with an empty array when fewer are there yet (the engine would
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

  /** Writes all of `data`: what the system does not take at once waits in memory. Returns as `putPartialData`. */
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
   * Hands everything that arrives to `sink`, beginning, before this call returns, with what has happened already: the
   * opening, the bytes that wait, the end or the failure. `null` gives the stream back to polled use.
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

  /** Stops reading from below: the other side's bytes wait in the kernel. A chunk under way may still come. */
  abstract pauseReading(): void;
  abstract resumeReading(): void;

  /**
   * Writes bytes, all of them and in order; never refuses while the stream is open and does nothing when it is not. The
   * memory is the stream's until `getUnsentBytes()` is 0, which may be so when the call returns.
   */
  abstract write(bytes: Uint8Array): void;

  /** Several writes that leave together. */
  writeAll(parts: readonly Uint8Array[]): void {
    for (const part of parts) this.write(part);
  }

  /** Bytes written that the layer below has not taken. A write that it took in part may count in full. */
  abstract getUnsentBytes(): number;

  /** Ends our direction after everything written has left. Reading goes on. */
  abstract end(): void;

  /** Drops the connection at once: nothing unsent leaves, nothing more arrives, no sink is called. */
  abstract destroy(): void;

  /**
   * The polite `destroy()`: from the program's side the stream is gone at once and no sink is called, but what was
   * written still leaves, our direction then ends, and what arrives is read and thrown away until the other side has
   * ended too. (Dropping a TCP connection while received bytes are unread makes the kernel send a reset, which can
   * overtake the Close frame that was just written.)
   *
   * A stream on a system resource gives up after `milliseconds`. This default, for streams in memory, holds nothing that
   * would have to be given back and has no time limit.
   */
  linger(_milliseconds: number): void {
    this.end();
    this.resumeReading();
    this.setSink(new DiscardingSink(this));
  }

  /** Whether a system resource is still held after `linger`; `destroy()` gives it back at once. */
  get isLingering(): boolean {
    return false;
  }

  // ---------------------------------------------------------------- for subclasses

  /** Whether a sink gets the bytes. */
  protected get isTakenOver(): boolean {
    return this.#sink !== null;
  }

  /** Whether `reportOpen` was called for the present connection. */
  protected get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whether the other side has ended its direction. Bytes may still wait to be read. */
  protected get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** `OK` when bytes can be written, otherwise the code that reads and writes answer with. */
  protected abstract writeStatus(): ErrorCode;

  /** The end of the other side's bytes was read, in polled use. */
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

  /** A local mistake: `getLastFailure()` shows it, the sink hears nothing, since the caller gets an `ErrorCode`. */
  protected recordFailure(failure: Failure): void {
    this.#failure = failure;
  }

  /** Everything that waits to be read, out of the polled buffer: for a taker that puts it back elsewhere. */
  protected takeArrived(): Uint8Array<ArrayBuffer> {
    const waiting = this.#arrived?.take(this.#arrived.size) ?? NO_BYTES;
    this.#arrived = null;
    return waiting;
  }

  /** Forgets what the last connection left: for streams that can connect again. */
  protected resetReports(): void {
    this.#arrived = null;
    this.#isOpen = false;
    this.#hasEnded = false;
    this.#failure = null;
  }

  /** Whether the bytes travel through TLS. */
  get isEncrypted(): boolean {
    return false;
  }

  /** Why the stream broke, or null. */
  getLastFailure(): Failure | null {
    return this.#failure;
  }
}

/** What is left of a lingering stream's reader. */
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
