import { MethodDifferences } from './method-differences.ts';
import type { DeclaredNode } from './node-registry.ts';

/** A node by a number of another peer's. */
interface KnownNode extends DeclaredNode {
  /** Whether its methods are the same here and there. */
  readonly isEqual: boolean;
}

/** What one other peer knows of our numbers, and what it means by its own. */
class PeerPaths {
  readonly sent = new Set<number>();
  readonly confirmed = new Set<number>();
  readonly nodes = new Map<number, KnownNode>();
  /** Of `nodes`: the number of each path. */
  readonly numbers = new Map<string, number>();
  /** Of `nodes`: those that were forgotten here, the oldest first. They go when there is no room. */
  readonly forgotten = new Set<number>();
  readonly differences = new MethodDifferences();

  delete(number: number): void {
    const node = this.nodes.get(number);
    this.nodes.delete(number);
    this.forgotten.delete(number);
    if (node === undefined) return;
    this.numbers.delete(node.path);
    this.differences.remove(node);
  }

  /** Whether there are fewer nodes than `most`, or one that was forgotten could go. */
  makeRoom(most: number): boolean {
    if (this.nodes.size < most) return true;
    for (const number of this.forgotten) {
      const node = this.nodes.get(number)!;
      // It may still be in use there, and its calls come with the path then.
      if (!node.isEqual) this.differences.addWithoutPath(node);
      this.delete(number);
      return true;
    }
    return false;
  }
}

/**
 * Nodes are addressed by small numbers (spec/multiplayer-wire.md section 8). Each side numbers its own: ours count from 1
 * and are the same for all; those of the others are kept for each.
 */
export class PathCache {
  #count = 0;
  readonly #own = new Map<string, number>();
  readonly #ownPaths = new Map<number, string>();
  readonly #peers = new Map<number, PeerPaths>();
  /** The peers that have other methods anywhere: hardly ever any, and then there is nothing to look up. */
  readonly #differing = new Set<number>();

  /** Our number for `path`, made at the first use; the others' numbers for a path that is used again are kept again. */
  numberOf(path: string): number {
    let number = this.#own.get(path);
    if (number === undefined) {
      number = ++this.#count;
      this.#own.set(path, number);
      this.#ownPaths.set(number, path);
      for (const { numbers, forgotten } of this.#peers.values()) {
        const theirs = forgotten.size > 0 ? numbers.get(path) : undefined;
        if (theirs !== undefined) forgotten.delete(theirs);
      }
    }
    return number;
  }

  /** The path that our `number` stands for; empty when there is none. */
  pathOf(number: number): string {
    return this.#ownPaths.get(number) ?? '';
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

  /**
   * `peer` gives `node` a number; `isEqual`: whether the methods of the node are the same here and there. False when that would be more
   * than `most`. The engine numbers a node anew that was freed and made again: the number that its path had goes.
   */
  learn(peer: number, number: number, node: DeclaredNode, isEqual: boolean, most: number): boolean {
    const paths = this.#of(peer);
    const { path, table } = node;
    const before = paths.numbers.get(path);
    if (before !== undefined) paths.delete(before);
    const hasRoom = paths.makeRoom(most);
    if (hasRoom) {
      paths.nodes.set(number, { path, table, isEqual });
      paths.numbers.set(path, number);
    }
    if (isEqual) paths.differences.remove(node);
    else if (hasRoom) paths.differences.add(node);
    else paths.differences.addWithoutPath(node);
    this.#noteDifferences(peer, paths);
    return hasRoom;
  }

  /** `peer` says that its methods at `node`, one of ours, are others. */
  differ(peer: number, node: DeclaredNode): void {
    const { path, table } = node;
    const paths = this.#of(peer);
    const number = paths.numbers.get(path);
    if (number !== undefined) paths.nodes.set(number, { path, table, isEqual: false });
    paths.differences.add(node);
    this.#noteDifferences(peer, paths);
  }

  /** Whether any peer has other methods anywhere. */
  get hasDifferent(): boolean {
    return this.#differing.size > 0;
  }

  /** False when `peer` has other methods at `node`, or, where it has not numbered it, anywhere with that declaration. */
  isEqual(peer: number, { path, table }: DeclaredNode): boolean {
    if (this.#differing.size === 0 || !this.#differing.has(peer)) return true;
    const { numbers, nodes, differences } = this.#of(peer);
    const number = numbers.get(path);
    return number === undefined ? !differences.has(table) : nodes.get(number)!.isEqual;
  }

  /** A path that is used no more; our number for it is not used again, and those of the others make room when there is none. */
  forgetPath(path: string): void {
    const number = this.#own.get(path);
    this.#own.delete(path);
    if (number !== undefined) this.#ownPaths.delete(number);
    for (const { sent, confirmed, numbers, forgotten, differences } of this.#peers.values()) {
      const theirs = numbers.get(path);
      if (theirs !== undefined) forgotten.add(theirs);
      else differences.forgetPath(path);
      if (number === undefined) continue;
      sent.delete(number);
      confirmed.delete(number);
    }
  }

  forget(peer: number): void {
    this.#peers.delete(peer);
    this.#differing.delete(peer);
  }

  clear(): void {
    this.#count = 0;
    this.#own.clear();
    this.#ownPaths.clear();
    this.#peers.clear();
    this.#differing.clear();
  }

  #noteDifferences(peer: number, { differences }: PeerPaths): void {
    if (differences.isEmpty) this.#differing.delete(peer);
    else this.#differing.add(peer);
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
