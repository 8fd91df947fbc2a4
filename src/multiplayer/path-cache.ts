import type { DeclaredNode } from './node-registry.ts';

/** What one other peer knows of our numbers. */
interface Told {
  readonly sent: Set<number>;
  readonly confirmed: Set<number>;
}

/**
 * Nodes are addressed by small numbers (spec/multiplayer-wire.md section 8). Each side numbers its own: ours count from 1
 * and are the same for all; those of the others are kept for each.
 */
export class PathCache {
  #count = 0;
  readonly #own = new Map<string, number>();
  readonly #told = new Map<number, Told>();
  readonly #theirs = new Map<number, Map<number, DeclaredNode>>();
  readonly #different = new Map<number, Set<string>>();

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
    let told = this.#told.get(peer);
    if (told === undefined) {
      told = { sent: new Set(), confirmed: new Set() };
      this.#told.set(peer, told);
    }
    if (told.sent.has(number)) return false;
    told.sent.add(number);
    return true;
  }

  /** Telling `peer` did not succeed: it is told again with the next call. */
  untell(peer: number, number: number): void {
    this.#told.get(peer)?.sent.delete(number);
  }

  /** `peer` has understood. False for a number that we never sent, and for one that it had confirmed before. */
  confirm(peer: number, number: number): boolean {
    const told = this.#told.get(peer);
    if (told?.sent.has(number) !== true || told.confirmed.has(number)) return false;
    told.confirmed.add(number);
    return true;
  }

  isConfirmed(peer: number, number: number): boolean {
    return this.#told.get(peer)?.confirmed.has(number) === true;
  }

  /** What `number` means when `peer` says it. */
  nodeOf(peer: number, number: number): DeclaredNode | undefined {
    return this.#theirs.get(peer)?.get(number);
  }

  /** `isEqual`: whether the methods of the node are the same here and there. */
  learn(peer: number, number: number, node: DeclaredNode, isEqual: boolean): void {
    let nodes = this.#theirs.get(peer);
    if (nodes === undefined) {
      nodes = new Map();
      this.#theirs.set(peer, nodes);
    }
    nodes.set(number, node);
    if (isEqual) return;
    let different = this.#different.get(peer);
    if (different === undefined) {
      different = new Set();
      this.#different.set(peer, different);
    }
    different.add(node.path);
  }

  /** False when `peer` has other methods at `path`. */
  isEqual(peer: number, path: string): boolean {
    return this.#different.get(peer)?.has(path) !== true;
  }

  /** How many numbers of `peer` are kept. */
  countOf(peer: number): number {
    return this.#theirs.get(peer)?.size ?? 0;
  }

  /** A path of ours that is used no more; its number is not used again. */
  forgetPath(path: string): void {
    const number = this.#own.get(path);
    if (number === undefined) return;
    this.#own.delete(path);
    for (const { sent, confirmed } of this.#told.values()) {
      sent.delete(number);
      confirmed.delete(number);
    }
  }

  forget(peer: number): void {
    this.#told.delete(peer);
    this.#theirs.delete(peer);
    this.#different.delete(peer);
  }

  clear(): void {
    this.#count = 0;
    this.#own.clear();
    this.#told.clear();
    this.#theirs.clear();
    this.#different.clear();
  }
}
