import type { Counters } from '../protocol/index.ts';

/**
 * What one connection has done so far: `WebSocketPeer.getStatistics()`. A copy; it does not change. What was received is
 * counted up to the last `poll()`, what was sent up to the last call that sent anything; when it is asked for the first
 * time, up to now. Bytes are those on the wire after the opening handshake, frame headers included.
 */
export type Statistics = Readonly<Counters>;
