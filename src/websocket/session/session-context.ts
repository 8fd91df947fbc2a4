import type { Clock } from '../../clock.ts';
import type { WebSocketPeer } from '../peer/websocket-peer.ts';
import type { PeerSettings } from '../settings/peer-settings.ts';

/** What a session gets from its peer. */
export interface SessionContext {
  readonly settings: PeerSettings;
  readonly clock: Clock;
  readonly peer: WebSocketPeer;
  /**
   * A poll would find something to do. May come several times between two polls. `isInCall`: it was found out inside a
   * call of the user's, not in the event loop. One function for all peers.
   */
  readonly wake: (peer: WebSocketPeer, isInCall: boolean) => void;
}
