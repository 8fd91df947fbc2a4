import { PendingRequest } from './pending-request.ts';
import type { ServedPeer } from './served-peer.ts';

/** The requests that wait for the program and that it has not taken yet, in the order of their arrival. */
export class PendingRequests {
  readonly #requests = new Map<ServedPeer, PendingRequest>();

  /** Adds the request of `served`, once, if it waits for the program. */
  note(served: ServedPeer): void {
    if (served.isAsked) return;
    const { opening } = served;
    const request = opening.askedRequest;
    if (request === null) return;
    served.isAsked = true;
    this.#requests.set(served, new PendingRequest(request, served.peer, served.clientAddress, opening));
  }

  /** Removes the request of `served`, which no longer waits. */
  remove(served: ServedPeer): void {
    this.#requests.delete(served);
  }

  get isAvailable(): boolean {
    return this.#requests.size > 0;
  }

  take(): PendingRequest | null {
    for (const [served, request] of this.#requests) {
      this.#requests.delete(served);
      return request;
    }
    return null;
  }
}
