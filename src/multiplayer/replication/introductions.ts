import type { NodeAddresses } from '../rpc/node-addresses.ts';
import type { NodeRegistry } from '../rpc/node-registry.ts';
import type { PathCache } from '../rpc/path-cache.ts';
import { NO_METHODS, type RpcTable } from '../rpc/rpc-table.ts';

/**
 * After this long without a confirmation the path is sent again, then after twice as long, and so on. Milliseconds. The
 * engine prints an error for a path that it was sent twice and has confirmed meanwhile, so this is longer than most
 * games need to confirm.
 */
const FIRST_DELAY = 3000;
const LONGEST_DELAY = 60_000;

/** A path that a peer was sent and has not confirmed. */
interface Unconfirmed {
  readonly path: string;
  delay: number;
  next: number;
}

/**
 * Introduces the paths of spawners and synchronizers to other peers, again and again until they confirm: a game may
 * load its world after it has joined, and the engine confirms only nodes that it has.
 */
export class Introductions {
  readonly #registry: NodeRegistry;
  readonly #paths: PathCache;
  readonly #addresses: NodeAddresses;
  /** When the first of them is overdue, milliseconds. */
  #next = Number.POSITIVE_INFINITY;
  /** By peer and number. */
  readonly #unconfirmed = new Map<number, Map<number, Unconfirmed>>();

  constructor(registry: NodeRegistry, paths: PathCache, addresses: NodeAddresses) {
    this.#registry = registry;
    this.#paths = paths;
    this.#addresses = addresses;
  }

  /** The number of this side for a path. */
  numberOf(path: string): number {
    return this.#addresses.of(path, this.#methodsOf(path)).number;
  }

  /** Whether a peer has confirmed a path. */
  isConfirmed(peer: number, path: string): boolean {
    const number = this.#paths.knownNumberOf(path);
    return number !== undefined && this.#paths.isConfirmed(peer, number);
  }

  /** Sends the path of a node to a peer, unless it was sent before. Returns whether the peer has confirmed it. */
  introduce(peer: number, path: string, now: number): boolean {
    const address = this.#addresses.of(path, this.#methodsOf(path));
    if (this.#paths.isConfirmed(peer, address.number)) return true;
    if (this.#addresses.introduce(peer, address)) {
      const ofPeer = this.#unconfirmed.get(peer) ?? new Map<number, Unconfirmed>();
      this.#unconfirmed.set(peer, ofPeer);
      ofPeer.set(address.number, { path, delay: FIRST_DELAY, next: now + FIRST_DELAY });
      this.#next = Math.min(this.#next, now + FIRST_DELAY);
    }
    return false;
  }

  /** Whether a peer was sent a path, here or for a call. */
  isSent(peer: number, path: string): boolean {
    const number = this.#paths.knownNumberOf(path);
    return number !== undefined && this.#paths.isTold(peer, number);
  }

  /** Whether a peer was sent a path that it has not confirmed. */
  isWaiting(peer: number, path: string): boolean {
    const number = this.#paths.knownNumberOf(path);
    return number !== undefined && this.#unconfirmed.get(peer)?.has(number) === true;
  }

  /** `peer` has confirmed a number. */
  confirmed(peer: number, number: number): void {
    const ofPeer = this.#unconfirmed.get(peer);
    if (ofPeer?.delete(number) && ofPeer.size === 0) this.#unconfirmed.delete(peer);
  }

  /** Sends the paths again whose confirmation is overdue. */
  repeat(now: number): void {
    if (now < this.#next) return;
    this.#next = Number.POSITIVE_INFINITY;
    for (const [peer, ofPeer] of this.#unconfirmed) {
      for (const [number, waiting] of ofPeer) {
        if (now < waiting.next) {
          this.#next = Math.min(this.#next, waiting.next);
          continue;
        }
        const address = this.#addresses.of(waiting.path, this.#methodsOf(waiting.path));
        if (address.number !== number) {
          ofPeer.delete(number); // the path was forgotten, and is used again
          continue;
        }
        if (!this.#addresses.isWaiting(peer) && this.#addresses.repeat(peer, address)) {
          waiting.delay = Math.min(2 * waiting.delay, LONGEST_DELAY);
          waiting.next = now + waiting.delay;
        }
        this.#next = Math.min(this.#next, waiting.next);
      }
    }
  }

  /** A node is gone. */
  forgetPath(path: string): void {
    const number = this.#paths.knownNumberOf(path);
    if (number !== undefined) for (const ofPeer of this.#unconfirmed.values()) ofPeer.delete(number);
  }

  forget(peer: number): void {
    this.#unconfirmed.delete(peer);
  }

  clear(): void {
    this.#unconfirmed.clear();
  }

  #methodsOf(path: string): RpcTable<never> {
    // A table is only read, whatever its methods.
    return (this.#registry.find(path)?.table ?? NO_METHODS) as RpcTable<never>;
  }
}
