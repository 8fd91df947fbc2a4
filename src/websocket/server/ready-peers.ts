import type { WebSocketPeer } from '../peer/websocket-peer.ts';
import type { ServedPeer } from '../requests/served-peer.ts';

/** Never added to. */
const NONE: never[] = [];

/** The peers that a poll reports: those with a new state, and those with packets to read, until they are read. */
export class ReadyPeers {
  #before: readonly ServedPeer[] = NONE;
  #ready: ServedPeer[] = NONE;
  #peers: WebSocketPeer[] = NONE;
  #listener: ((peer: WebSocketPeer) => void) | null = null;

  /** Calls `listener` with each peer as soon as a poll finds something new, once, and reports none. */
  watch(listener: (peer: WebSocketPeer) => void): void {
    this.#listener = listener;
  }

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
    if (this.#listener !== null) {
      this.#listener(served.peer);
      return;
    }
    served.isListed = true;
    if (this.#ready === NONE) {
      // An array of one, where a push would make room for 17: many polls find one peer.
      this.#ready = [served];
      this.#peers = [served.peer];
    } else {
      this.#ready.push(served);
      this.#peers.push(served.peer);
    }
  }

  /** A poll ends: adds peers of the last poll that were not polled now and still have packets to read. */
  end(): void {
    for (const served of this.#before) {
      if (!served.isListed && !served.isForgotten && served.peer.getAvailablePacketCount() > 0) this.add(served);
    }
    this.#before = NONE;
  }

  clear(): void {
    this.#ready = NONE;
    this.#peers = NONE;
  }
}
