import type { Failure } from '../../failure.ts';

/**
 * Receives a stream's events without polling, for a `WebSocketPeer` or TLS.
 *
 * The stream calls these methods from the event loop, never inside a call that the sink itself made on the stream. The
 * one exception is `StreamPeer.setSink`, which reports at once what has happened already.
 */
export interface StreamSink {
  /** The stream is connected; a TLS stream has finished its handshake. Called once. */
  onStreamOpen(): void;
  /**
   * Bytes, in order. The sink may overwrite the chunk, for example to unmask it in place, and must not keep it: the stream
   * uses the memory again after the call.
   */
  onStreamData(chunk: Uint8Array): void;
  /** The layer below has taken everything written: `getUnsentBytes()` is 0 again. */
  onStreamDrain(): void;
  /** The other side has ended its direction, after its last byte. Nothing more will arrive. */
  onStreamEnd(): void;
  /** The stream broke. Called once, and nothing is called after it. */
  onStreamFailure(failure: Failure): void;
}
