import { ErrorCode } from '../../error-code.ts';
import type { Router } from '../peers/router.ts';
import type { PathCache } from '../rpc/path-cache.ts';
import { rootPathPacket } from '../wire/path-packet.ts';

/**
 * Tells when a game has handled everything that it was sent. It is sent the path of its root under a new number: the engine confirms that
 * in the frame in which it has handled everything before, whatever scene it shows.
 */
export class Markers {
  readonly #router: Router;
  readonly #paths: PathCache;
  readonly #rootMd5: () => string;
  /** What is called, by peer and number. */
  readonly #pending = new Map<number, Map<number, () => void>>();

  /** `rootMd5`: the checksum of the methods that are declared at the root. */
  constructor(router: Router, paths: PathCache, rootMd5: () => string) {
    this.#router = router;
    this.#paths = paths;
    this.#rootMd5 = rootMd5;
  }

  /** Sends a marker. `then` is called once it is confirmed. Returns false when it was not sent. */
  mark(id: number, then: () => void): boolean {
    const number = this.#paths.nextFree();
    if (this.#router.sendToLink(id, rootPathPacket(this.#rootMd5(), number)) !== ErrorCode.OK) return false;
    const ofPeer = this.#pending.get(id) ?? new Map<number, () => void>();
    this.#pending.set(id, ofPeer);
    ofPeer.set(number, then);
    return true;
  }

  /** `from` has confirmed a number. Returns whether it is that of a marker. */
  confirmed(from: number, number: number): boolean {
    const ofPeer = this.#pending.get(from);
    const then = ofPeer?.get(number);
    if (ofPeer === undefined || then === undefined) return false;
    ofPeer.delete(number);
    if (ofPeer.size === 0) this.#pending.delete(from);
    then();
    return true;
  }

  /** The connection of `id` has ended. */
  forget(id: number): void {
    this.#pending.delete(id);
  }

  clear(): void {
    this.#pending.clear();
  }
}
