import { PendingRequest } from './pending-request.ts';
import type { ServedPeer } from './served-peer.ts';
import { peerInternals } from './websocket-peer.ts';

/** The requests that wait for the program and were not handed out yet, in the order of their arrival. */
export class AskedRequests {
  #requests: PendingRequest[] = [];

  /** Adds the request of `served`, once, if it waits for the program. */
  note(served: ServedPeer): void {
    if (served.isAsked) return;
    const session = peerInternals.asking(served.peer);
    const request = session?.askedRequest ?? null;
    if (session === null || request === null) return;
    served.isAsked = true;
    this.#requests.push(new PendingRequest(request, served.peer, served.clientAddress, session));
  }

  /** The first one that still waits stays in its place. */
  get isAvailable(): boolean {
    while (this.#requests.length > 0 && !this.#requests[0]!.isWaiting) this.#requests.shift();
    return this.#requests.length > 0;
  }

  take(): PendingRequest | null {
    return this.isAvailable ? (this.#requests.shift() ?? null) : null;
  }
}
