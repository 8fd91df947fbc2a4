import type { Failure } from '../../failure.ts';
import type { WebSocketPeer } from '../../websocket/index.ts';

/** A client that has its id. */
export interface Client {
  readonly id: number;
  readonly peer: WebSocketPeer;
  readonly address: string;
}

/** Where the clients of a server's link come from: a `WebSocketServer`, or the connections of one room. */
export interface ClientSource {
  /** The port that it listens on, otherwise 0. */
  readonly localPort: number;
  readonly failure: Failure | null;
  /** Returns false when it has nothing new: no ready peers, and no client. */
  poll(): boolean;
  /** The peers that have packets, or whose state has changed. What is returned does not change later. */
  readyPeers(): readonly WebSocketPeer[];
  /**
   * The next client that has connected and got its id; why one got none; null for none. `isTaken`: whether the link has an id. `endEarlier` ends
   * the connection of a player that comes back on another one, and returns it, to be closed.
   */
  takeClient(
    isTaken: (id: number) => boolean,
    endEarlier: (id: number) => WebSocketPeer | null,
  ): Client | Failure | null;
  /** The link is closed: ends these connections. Nothing polls the source any more. */
  close(peers: Iterable<WebSocketPeer>): void;
}
