import type { DeclaredNode } from './node-registry.ts';

/** What one other peer knows of our numbers, and what it means by its own. */
class PeerPaths {
  readonly sent = new Set<number>();
  readonly confirmed = new Set<number>();
  readonly nodes = new Map<number, DeclaredNode>();
  /** The paths where it has other methods. */
  readonly different = new Set<string>();
}

/**
 * Nodes are addressed by small numbers (spec/multiplayer-wire.md section 8). Each side numbers its own: ours count from 1
 * and are the same for all; those of the others are kept for each.
 */
export class PathCache {
  #count = 0;
  readonly #own = new Map<string, number>();
  readonly #peers = new Map<number, PeerPaths>();
  /** Whether any peer has other methods anywhere: hardly ever, and then there is nothing to look up. */
  #hasDifferent = false;

  /** Our number for `path`, made at the first use. */
  numberOf(path: string): number {
    let number = this.#own.get(path);
    if (number === undefined) {
      number = ++this.#count;
      this.#own.set(path, number);
    }
    return number;
  }

  /** Whether `peer` has been told what `number` means; from now on it has. */
  tell(peer: number, number: number): boolean {
    const { sent } = this.#of(peer);
    if (sent.has(number)) return false;
    sent.add(number);
    return true;
  }

  /** Telling `peer` did not succeed: it is told again with the next call. */
  untell(peer: number, number: number): void {
    this.#peers.get(peer)?.sent.delete(number);
  }

  /** `peer` has understood. False for a number that we never sent, and for one that it had confirmed before. */
  confirm(peer: number, number: number): boolean {
    const paths = this.#peers.get(peer);
    if (paths?.sent.has(number) !== true || paths.confirmed.has(number)) return false;
    paths.confirmed.add(number);
    return true;
  }

  isConfirmed(peer: number, number: number): boolean {
    return this.#peers.get(peer)?.confirmed.has(number) === true;
  }

  /** What `number` means when `peer` says it. */
  nodeOf(peer: number, number: number): DeclaredNode | undefined {
    return this.#peers.get(peer)?.nodes.get(number);
  }

  /** `isEqual`: whether the methods of the node are the same here and there. */
  learn(peer: number, number: number, node: DeclaredNode, isEqual: boolean): void {
    const { nodes, different } = this.#of(peer);
    nodes.set(number, node);
    if (isEqual) return;
    different.add(node.path);
    this.#hasDifferent = true;
  }

  /** `peer` says that its methods at `path`, one of ours, are others. */
  differ(peer: number, path: string): void {
    this.#of(peer).different.add(path);
    this.#hasDifferent = true;
  }

  /** Whether any peer has other methods anywhere. */
  get hasDifferent(): boolean {
    return this.#hasDifferent;
  }

  /** False when `peer` has other methods at `path`. */
  isEqual(peer: number, path: string): boolean {
    return !(this.#hasDifferent && this.#peers.get(peer)?.different.has(path));
  }

  /** How many numbers of `peer` are kept. */
  countOf(peer: number): number {
    return this.#peers.get(peer)?.nodes.size ?? 0;
  }

  /** A path of ours that is used no more; its number is not used again. */
  forgetPath(path: string): void {
    const number = this.#own.get(path);
    if (number === undefined) return;
    this.#own.delete(path);
    for (const { sent, confirmed } of this.#peers.values()) {
      sent.delete(number);
      confirmed.delete(number);
    }
  }

  forget(peer: number): void {
    this.#peers.delete(peer);
  }

  clear(): void {
    this.#count = 0;
    this.#own.clear();
    this.#peers.clear();
    this.#hasDifferent = false;
  }

  #of(peer: number): PeerPaths {
    let paths = this.#peers.get(peer);
    if (paths === undefined) {
      paths = new PeerPaths();
      this.#peers.set(peer, paths);
    }
    return paths;
  }
}
