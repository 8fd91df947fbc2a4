import type { ServedPeer } from '../requests/served-peer.ts';
import { DeadlineQueue } from './deadline-queue.ts';

/** When a server's peers have to be polled although nothing arrives: time limits and heartbeats. */
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

  /** Records when `served` is due. */
  note(served: ServedPeer): void {
    const { deadline } = served.session;
    if (deadline === served.deadline) return;
    served.deadline = deadline;
    if (deadline !== Number.POSITIVE_INFINITY) this.#queue.add(deadline, served);
    // Most entries are old times, or of peers that are gone: rebuild.
    if (this.#queue.size > 2 * this.#served.size + 64) this.#rebuild();
  }

  /** A poll begins: wakes the peers that are due. */
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
