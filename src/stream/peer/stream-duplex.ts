import { Duplex } from 'node:stream';
import type { Failure } from '../../failure.ts';
import type { StreamPeer } from './stream-peer.ts';
import type { StreamSink } from './stream-sink.ts';

/** A `StreamPeer` as a Node stream, for Node code that needs one, such as `node:tls`. It takes the peer over. */
export class StreamDuplex extends Duplex implements StreamSink {
  readonly #stream: StreamPeer;
  /** Node's callback for the last write, while the stream has not taken all of it. */
  #onWritten: (() => void) | null = null;

  constructor(stream: StreamPeer) {
    super({ allowHalfOpen: true });
    this.#stream = stream;
    stream.setSink(this);
  }

  onStreamOpen(): void {}

  onStreamData(chunk: Uint8Array): void {
    // A copy: the chunk is valid during this call only.
    if (!this.push(Buffer.from(chunk))) this.#stream.pauseReading();
  }

  onStreamDrain(): void {
    const done = this.#onWritten;
    this.#onWritten = null;
    done?.();
  }

  onStreamEnd(): void {
    this.push(null);
  }

  onStreamFailure(failure: Failure): void {
    this.destroy(asError(failure));
  }

  override _read(): void {
    this.#stream.resumeReading();
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: () => void): void {
    this.#stream.write(chunk);
    if (this.#stream.getUnsentBytes() === 0) done();
    else this.#onWritten = done;
  }

  override _final(done: () => void): void {
    this.#stream.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#stream.destroy();
    done(error);
  }
}

/** An error with the `code` that Node would use. */
function asError({ code, message, cause }: Failure): Error {
  const systemCode = code === 'TICKPEER_CONNECTION_RESET' ? 'ECONNRESET' : code;
  return Object.assign(new Error(message, { cause }), { code: systemCode });
}
