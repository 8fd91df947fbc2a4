import type { Http2Session, Http2Stream } from 'node:http2';
import { nextTick } from 'node:process';
import { setImmediate } from 'node:timers';
import { ErrorCode } from '../../error-code.ts';
import { type Failure, failed } from '../../failure.ts';
import type { X509Certificate } from '../crypto/x509-certificate.ts';
import { StreamPeer } from '../peer/stream-peer.ts';
import type { StreamSink } from '../peer/stream-sink.ts';
import { dropAfter } from '../runtime/drop-after.ts';
import { plainAddress } from '../socket/plain-address.ts';
import { peerCertificate, verifiedByNode } from '../tls/peer-certificate.ts';
import { HTTP2_CODES as constants } from './http2-codes.ts';

/**
 * A `StreamPeer` over one stream of an HTTP/2 connection (RFC 9113 section 5), whose DATA frames carry the bytes (RFC 8441
 * section 5). END_STREAM is its end, RST_STREAM its reset. Each stream has its own flow control (RFC 9113 5.2): one that is
 * not read does not stall the others.
 */
export abstract class HTTP2Stream extends StreamPeer {
  #stream: Http2Stream | null = null;
  /** The stream after `linger`, until it is closed. */
  #lingering: Http2Stream | null = null;
  #isReadingWanted = false;
  #isPaused = false;
  #hasUnsent = false;
  #isEncrypted = false;
  #connectedHost = '';
  #connectedPort = 0;

  /** Starts to use `stream`, which stays paused until its bytes are needed. */
  protected attach(stream: Http2Stream): void {
    this.#stream = stream;
    this.useConnection(stream.session);
    stream.pause();
    stream.on('data', (chunk: Uint8Array) => {
      if (this.#stream === stream) this.reportData(chunk);
    });
    // A stream that is reset also ends, and then closes in the same turn.
    stream.on('end', () => setImmediate(() => this.#onEnd(stream)));
    stream.on('error', (cause: Error) => {
      if (this.#stream === stream) this.reportFailure(broken(stream.rstCode, cause));
    });
    stream.on('close', () => {
      if (stream.readableEnded) this.#onEnd(stream);
      else if (this.#stream === stream) this.reportFailure(broken(stream.rstCode));
    });
    if (this.#isReadingWanted) this.#read();
  }

  /** Copies the addresses of the connection below. */
  protected useConnection(session: Http2Session | undefined): void {
    const socket = session?.socket;
    this.#isEncrypted = session?.encrypted === true;
    this.#connectedHost = plainAddress(socket?.remoteAddress);
    this.#connectedPort = socket?.remotePort ?? 0;
  }

  /** Null before `attach`, and after `destroy` or `linger`. */
  protected get stream(): Http2Stream | null {
    return this.#stream;
  }

  // ---------------------------------------------------------------- the connection below

  /** The other side's IP address, `''` when it is not known. */
  getConnectedHost(): string {
    return this.#connectedHost;
  }

  /** The other side's port, 0 when it is not known. */
  getConnectedPort(): number {
    return this.#connectedPort;
  }

  /** No effect: streams share the connection. */
  setNoDelay(_enabled: boolean): void {}

  override get isEncrypted(): boolean {
    return this.#isEncrypted;
  }

  /** The certificate of the other side, if Node has verified it; otherwise null. */
  getPeerCertificate(): X509Certificate | null {
    const session = this.#stream?.session;
    const socket = session?.destroyed === false ? session.socket : null;
    return verifiedByNode(socket) ? peerCertificate(socket) : null;
  }

  // ---------------------------------------------------------------- StreamPeer

  override poll(): ErrorCode {
    this.#want();
    return this.getLastFailure() === null ? ErrorCode.OK : ErrorCode.ERR_CONNECTION_ERROR;
  }

  override getAvailableBytes(): number {
    this.#want();
    return super.getAvailableBytes();
  }

  override setSink(sink: StreamSink | null): void {
    super.setSink(sink);
    if (sink !== null && this.isTakenOver) this.#want();
  }

  override pauseReading(): void {
    this.#isPaused = true;
    this.#stream?.pause();
  }

  override resumeReading(): void {
    this.#isPaused = false;
    this.#read();
  }

  override write(bytes: Uint8Array): void {
    const stream = this.#writableStream();
    if (stream !== null) this.#writeLast(stream, bytes);
  }

  override writeAll(parts: readonly Uint8Array[]): void {
    const stream = this.#writableStream();
    if (stream === null || parts.length === 0) return;
    const last = parts.length - 1;
    stream.cork();
    for (let index = 0; index < last; index++) stream.write(parts[index]);
    this.#writeLast(stream, parts[last]!);
    stream.uncork();
  }

  override getUnsentBytes(): number {
    return this.#stream?.writableLength ?? 0;
  }

  override end(): void {
    this.#stream?.end();
  }

  override destroy(): void {
    this.setSink(null);
    const stream = this.#release() ?? this.#lingering;
    this.#lingering = null;
    // RFC 8441 5: RST_STREAM with CANCEL stands for a TCP reset.
    if (stream !== null && !stream.destroyed) stream.close(constants.NGHTTP2_CANCEL);
  }

  /** As `StreamPeer.linger`; the stream is cancelled after `milliseconds`, if its other side has not ended by then. */
  override linger(milliseconds: number): void {
    if (!(milliseconds >= 0)) throw new RangeError(`a linger time is a number >= 0, not ${milliseconds}`);
    this.setSink(null);
    const stream = this.#release();
    if (stream === null || stream.destroyed) return;
    this.#lingering = stream;
    stream.end();
    stream.resume();
    dropAfter(stream, milliseconds, () => stream.close(constants.NGHTTP2_CANCEL));
  }

  override get isLingering(): boolean {
    return this.#lingering?.closed === false;
  }

  protected override writeStatus(): ErrorCode {
    return this.isOpen && this.getLastFailure() === null ? ErrorCode.OK : ErrorCode.ERR_CONNECTION_ERROR;
  }

  /** Reports a failure found inside a call: a sink must not be called before it returns. */
  protected failLater(failure: Failure): void {
    nextTick(() => this.reportFailure(failure));
  }

  #onEnd(stream: Http2Stream): void {
    if (this.#stream !== stream || this.hasEnded) return;
    if (stream.aborted || stream.rstCode !== constants.NGHTTP2_NO_ERROR) this.reportFailure(broken(stream.rstCode));
    else this.reportEnd();
  }

  #want(): void {
    if (this.#isReadingWanted) return;
    this.#isReadingWanted = true;
    this.#read();
  }

  #read(): void {
    if (this.#isReadingWanted && !this.#isPaused) this.#stream?.resume();
  }

  #release(): Http2Stream | null {
    const stream = this.#stream;
    this.#stream = null;
    return stream;
  }

  #writableStream(): Http2Stream | null {
    return this.#stream?.writable && this.isOpen ? this.#stream : null;
  }

  /** Every last write has a callback; that of the latest one says that everything is written. */
  #writeLast(stream: Http2Stream, bytes: Uint8Array): void {
    this.#hasUnsent = true;
    stream.write(bytes, () => {
      if (!this.#hasUnsent || stream !== this.#stream || stream.writableLength > 0 || stream.destroyed) return;
      this.#hasUnsent = false;
      this.reportDrain();
    });
  }
}

/** The failure of a stream that closed with `code` before its end. */
function broken(code: number, cause?: Error): Failure {
  if (code === constants.NGHTTP2_NO_ERROR) {
    const reason = cause?.message ?? 'it was closed before its end';
    return failed('TICKPEER_CONNECTION_LOST', `the HTTP/2 stream was lost: ${reason}`, cause);
  }
  const name = ERROR_NAMES.get(code) ?? `error ${code}`;
  return failed('TICKPEER_CONNECTION_RESET', `the HTTP/2 stream was reset with ${name}`, cause);
}

/** RFC 9113 section 7. */
const ERROR_NAMES: ReadonlyMap<number, string> = new Map([
  [constants.NGHTTP2_PROTOCOL_ERROR, 'PROTOCOL_ERROR'],
  [constants.NGHTTP2_INTERNAL_ERROR, 'INTERNAL_ERROR'],
  [constants.NGHTTP2_FLOW_CONTROL_ERROR, 'FLOW_CONTROL_ERROR'],
  [constants.NGHTTP2_SETTINGS_TIMEOUT, 'SETTINGS_TIMEOUT'],
  [constants.NGHTTP2_STREAM_CLOSED, 'STREAM_CLOSED'],
  [constants.NGHTTP2_FRAME_SIZE_ERROR, 'FRAME_SIZE_ERROR'],
  [constants.NGHTTP2_REFUSED_STREAM, 'REFUSED_STREAM'],
  [constants.NGHTTP2_CANCEL, 'CANCEL'],
  [constants.NGHTTP2_COMPRESSION_ERROR, 'COMPRESSION_ERROR'],
  [constants.NGHTTP2_CONNECT_ERROR, 'CONNECT_ERROR'],
  [constants.NGHTTP2_ENHANCE_YOUR_CALM, 'ENHANCE_YOUR_CALM'],
  [constants.NGHTTP2_INADEQUATE_SECURITY, 'INADEQUATE_SECURITY'],
  [constants.NGHTTP2_HTTP_1_1_REQUIRED, 'HTTP_1_1_REQUIRED'],
]);
