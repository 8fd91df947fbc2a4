import type { ReaderSettings } from '../reading/reader-parts.ts';

/** What a `WebSocketPeer` has by default. */
export const CONNECTION_DEFAULTS: ConnectionSettings = {
  inboundBufferSize: 65_535,
  outboundBufferSize: 65_535,
  maxQueuedPackets: 2048,
  maxFragments: 131_072,
  fragmentSize: 0,
  heartbeatInterval: 0,
  pongTimeLimit: 0,
  closeTimeLimit: 10_000,
};

/** The limits and times of a connection. They are read at every use, so a change takes effect at once. */
export interface ConnectionSettings extends ReaderSettings {
  /** The most payload bytes that wait to be sent; 0 or less: no limit. */
  readonly outboundBufferSize: number;
  /** Milliseconds between two Pings; 0: no heartbeat. */
  readonly heartbeatInterval: number;
  /** Milliseconds until a Pong must arrive; 0: as long as `heartbeatInterval`. */
  readonly pongTimeLimit: number;
  /** Milliseconds from our Close to the end of the closing handshake. */
  readonly closeTimeLimit: number;
  /** Messages above this many bytes are sent in several frames; 0: never. */
  readonly fragmentSize: number;
}
