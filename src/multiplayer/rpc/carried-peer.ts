import type { PathNumbers } from './path-numbers.ts';

/** A number that a client has given to the node at a path. */
export interface CarriedNumber {
  readonly path: string;
  /** The checksum of the client's methods. */
  readonly md5: string;
}

/** How many numbers of paths that are declared in no room are kept; the oldest are dropped. A game has a few. */
export const MOST_UNCONFIRMED = 256;

/**
 * What goes along with a client that moves from one room to another. For the client all rooms are peer 1: it keeps the numbers of
 * paths that it got and gave, and the times of the last SYNCs.
 */
export class CarriedPeer {
  /** The numbers of this side that it was sent, and whether it has confirmed them. */
  readonly sent: Map<number, boolean> = new Map();
  /** Its own numbers that were confirmed, oldest first. */
  readonly introduced: Map<number, CarriedNumber> = new Map();
  /** Those that were not, because no node was declared at their path. */
  readonly unconfirmed: Map<number, CarriedNumber> = new Map();
  /** The time of its last SYNC. */
  syncTime = 0;
  /** Whether it was in another room before. */
  hasMoved = false;

  /**
   * It has handled everything that it was sent. What it has not confirmed it does not know, since it had no such node. Numbers of
   * nodes that are gone are never sent again.
   */
  settle(numbers: PathNumbers): void {
    for (const [number, isConfirmed] of this.sent) {
      if (!isConfirmed || !numbers.isUsed(number)) this.sent.delete(number);
    }
  }

  /** Stores a number of the client that was not confirmed. */
  noteUnconfirmed(number: number, carried: CarriedNumber): void {
    const { unconfirmed } = this;
    unconfirmed.set(number, carried);
    const [oldest] = unconfirmed.keys();
    if (unconfirmed.size > MOST_UNCONFIRMED) unconfirmed.delete(oldest!);
  }

  /**
   * Stores a number of the client that was confirmed. Beyond `most`, the oldest is dropped for which `isDroppable`; without one, nothing is
   * stored.
   */
  note(number: number, carried: CarriedNumber, most: number, isDroppable: (number: number) => boolean): void {
    const { introduced } = this;
    this.unconfirmed.delete(number);
    introduced.delete(number);
    if (introduced.size >= most) {
      for (const oldest of introduced.keys()) {
        if (!isDroppable(oldest)) continue;
        introduced.delete(oldest);
        break;
      }
    }
    if (introduced.size < most) introduced.set(number, carried);
  }
}
