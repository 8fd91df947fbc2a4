import type { Failure } from '../../failure.ts';

/**
 * Where a stream's bytes go as they arrive, for a taker that wants them without polling (a `WebSocketPeer`, TLS).
 *
 * The stream calls these from the event loop, never from inside a call that the sink itself made on the stream; the
 * one exception is `StreamPeer.setSink`, which delivers at once what is already there.
 */
export interface StreamSink {
  /** The stream is connected (a TLS stream: its handshake is done). Called once; at once if it already is. */
  onStreamOpen(): void;
  /**
   * Bytes, in order. The chunk belongs to the sink during the call only, which may overwrite it (unmasking in place);
   * afterwards the stream may use the memory again.
   */
  onStreamData(chunk: Uint8Array): void;
  /** Everything written has been taken by the layer below: `getUnsentBytes()` is 0 again. */
  onStreamDrain(): void;
  /** The other side has ended its direction, after its last byte. Nothing more will arrive. */
  onStreamEnd(): void;
  /** The stream is gone, without a proper end. Called once, and nothing after it. */
  onStreamFailure(failure: Failure): void;
}
