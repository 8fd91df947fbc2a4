import type { WebSocketPeer } from '../peer/websocket-peer.ts';
import type { ServedPeer } from '../requests/served-peer.ts';

/** The peers to look at after a poll: with packets that wait, until they are read, or a new state. */
export class ReadyPeers {
  #before: ServedPeer[] = [];
  #ready: ServedPeer[] = [];
  #peers: WebSocketPeer[] = [];

  get peers(): readonly WebSocketPeer[] {
    return this.#peers;
  }

  /** A poll begins. */
  begin(): void {
    this.#before = this.#ready;
    for (const served of this.#before) served.isListed = false;
    this.clear();
  }

  add(served: ServedPeer): void {
    served.isListed = true;
    this.#ready.push(served);
    this.#peers.push(served.peer);
  }

  /** A poll ends: adds those that were not polled now, and still have packets that nobody read. */
  end(): void {
    for (const served of this.#before) {
      if (!served.isListed && !served.isForgotten && served.peer.getAvailablePacketCount() > 0) this.add(served);
    }
    this.#before = [];
  }

  clear(): void {
    this.#ready = [];
    this.#peers = [];
  }
}
