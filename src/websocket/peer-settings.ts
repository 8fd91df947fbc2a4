import type { ConnectionSettings } from '../protocol/index.ts';

/** What a peer's properties hold, in the units of the core: bytes and milliseconds. One object per peer. */
export class PeerSettings implements ConnectionSettings {
  inboundBufferSize = 65_535;
  outboundBufferSize = 65_535;
  maxQueuedPackets = 2048;
  maxFragments = 65_536;
  fragmentSize = 0;
  heartbeatInterval = 0;
  pongTimeLimit = 0;
  connectTimeLimit = 30_000;
  handshakeTimeLimit = 10_000;
  closeTimeLimit = 10_000;
  maxHandshakeSize = 16_384;
  maxHandshakeHeaders = 128;
  supportedProtocols: readonly string[] = [];
  handshakeHeaders: readonly string[] = [];
  noDelay = true;
}
