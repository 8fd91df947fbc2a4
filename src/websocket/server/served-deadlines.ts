import type { ServedPeer } from '../requests/served-peer.ts';
import { DeadlineQueue } from './deadline-queue.ts';

/** When a server's peers are to be polled although nothing happens: time limits and heartbeats. */
export class ServedDeadlines {
  readonly #queue = new DeadlineQueue<ServedPeer>();
  readonly #served: ReadonlyMap<unknown, ServedPeer>;

  /** `served`: all peers of the server. */
  constructor(served: ReadonlyMap<unknown, ServedPeer>) {
    this.#served = served;
  }

  get next(): number {
    return this.#queue.next;
  }

  /** Looks at when `served` is due now. */
  note(served: ServedPeer): void {
    const { deadline } = served.session;
    if (deadline === served.deadline) return;
    served.deadline = deadline;
    if (deadline !== Number.POSITIVE_INFINITY) this.#queue.add(deadline, served);
    // Entries of times past and of peers that have gone make up most of it: begin anew.
    if (this.#queue.size > 2 * this.#served.size + 64) this.#rebuild();
  }

  /** A poll begins: wakes those that are due. */
  wakeDue(now: number): void {
    while (this.#queue.next <= now) {
      const due = this.#queue.next;
      const served = this.#queue.take();
      if (served === undefined || served.deadline !== due) continue;
      served.deadline = Number.POSITIVE_INFINITY;
      served.onPeerWake(true);
    }
  }

  clear(): void {
    this.#queue.clear();
  }

  #rebuild(): void {
    this.#queue.clear();
    for (const served of this.#served.values()) {
      if (served.deadline !== Number.POSITIVE_INFINITY) this.#queue.add(served.deadline, served);
    }
  }
}
