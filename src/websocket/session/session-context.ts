import type { Clock } from '../../clock.ts';
import type { WebSocketPeer } from '../peer/websocket-peer.ts';
import type { PeerSettings } from '../settings/peer-settings.ts';

/** What a session gets from its peer. */
export interface SessionContext {
  readonly settings: PeerSettings;
  readonly clock: Clock;
  /** The peer itself: the session calls its `wake`, and diagnostics messages name it. */
  readonly peer: WebSocketPeer;
}
