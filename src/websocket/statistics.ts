import type { Counters } from '../protocol/index.ts';

/**
 * What one connection has done so far: `WebSocketPeer.getStatistics()`. A copy; it does not change. What was received is
 * counted up to the last `poll()`, what was sent up to the last call that sent anything. Bytes are those on the wire after the opening handshake, frame headers included.
 */
export interface Statistics extends Readonly<Omit<Counters, 'copyReceived' | 'copySent'>> {
  /** Milliseconds from the last heartbeat's Ping to its Pong; -1 before the first (see `heartbeatInterval`). */
  readonly roundTripTime: number;
}
