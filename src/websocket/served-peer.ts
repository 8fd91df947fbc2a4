import { State } from './state.ts';
import { type PeerKeeper, peerInternals, type WebSocketPeer } from './websocket-peer.ts';

/** Whom a server's peers wake. */
export interface ServedPeerOwner {
  /** For the first time since it was polled. */
  onServedPeerWake(served: ServedPeer, isInCall: boolean): void;
}

/** What a server keeps of each peer. */
export class ServedPeer implements PeerKeeper {
  readonly peer: WebSocketPeer;
  readonly #owner: ServedPeerOwner;
  /** In the handshake. */
  isPending = true;
  /** As the last poll left it. */
  state: State = State.STATE_CONNECTING;
  /** Waits for the next poll. */
  isWoken = false;
  /** Among those to look at after this poll. */
  isListed = false;
  /** No longer the server's. */
  isForgotten = false;
  /** Where the client is, behind trusted proxies if there are any; empty until its request was judged. */
  clientAddress = '';
  /** The program was asked about its request. */
  isAsked = false;
  /** When it is to be polled even if nothing happens. */
  deadline: number = Number.POSITIVE_INFINITY;

  constructor(peer: WebSocketPeer, owner: ServedPeerOwner) {
    this.peer = peer;
    this.#owner = owner;
    peerInternals.setKeeper(peer, this);
  }

  onPeerWake(isInCall: boolean): void {
    if (this.isWoken || this.isForgotten) return;
    this.isWoken = true;
    this.#owner.onServedPeerWake(this, isInCall);
  }

  forget(): void {
    this.isForgotten = true;
    peerInternals.setKeeper(this.peer, null);
  }
}
