import type { Counters } from '../protocol/index.ts';

/**
 * The counts of one connection: `WebSocketPeer.getStatistics()`. A copy that does not change. Received packets are counted up to the
 * last `poll()`, sent ones up to the last call that sent anything; the first call of `getStatistics()` counts up to now. Bytes are those on
 * the wire after the opening handshake, frame headers included.
 */
export type Statistics = Readonly<Counters>;
