import type { CarriedPeer } from './carried-peer.ts';
import { MethodDifferences } from './method-differences.ts';
import type { DeclaredNode } from './node-registry.ts';
import type { PathNumbers } from './path-numbers.ts';

/** A node that another peer has numbered. */
interface KnownNode extends DeclaredNode {
  /** Whether the peer has the same methods at the node. */
  readonly hasSameMethods: boolean;
}

/** A number that stands for a path. */
export interface NumberedPath {
  readonly number: number;
  readonly path: string;
  /** Whether the other side has confirmed it. */
  readonly isConfirmed: boolean;
}

/** The numbers that this side and a peer have given. */
export interface NumberedPaths {
  readonly ours: readonly NumberedPath[];
  readonly theirs: readonly NumberedPath[];
}

/** The numbers that one peer and this side use with each other. */
class PeerPaths {
  /** The numbers of this side that the peer was sent, and those that it has confirmed. */
  readonly sent = new Set<number>();
  readonly confirmed = new Set<number>();
  /** The nodes by the peer's numbers. */
  readonly nodes = new Map<number, KnownNode>();
  /** The peer's numbers by path. */
  readonly numbers = new Map<string, number>();
  /**
   * The peer's numbers of nodes that were forgotten here, and those that it has replaced by others, oldest first. They are dropped when
   * room is needed.
   */
  readonly forgotten = new Set<number>();
  readonly differences = new MethodDifferences();
  /** What it has brought from another room, and takes along; null where there are no rooms. */
  carried: CarriedPeer | null = null;
  /**
   * Numbers of this side that it knows from an earlier visit, with the new numbers under which their paths are introduced again; and
   * the reverse.
   */
  readonly aliases = new Map<number, number>();

  delete(number: number): void {
    const node = this.nodes.get(number);
    this.carried?.introduced.delete(number);
    this.nodes.delete(number);
    this.forgotten.delete(number);
    if (node === undefined || this.numbers.get(node.path) !== number) return;
    this.numbers.delete(node.path);
    this.differences.remove(node);
  }

  /** Whether there is room for one more of `most` nodes; drops a forgotten one if necessary. */
  makeRoom(most: number): boolean {
    if (this.nodes.size < most) return true;
    for (const number of this.forgotten) {
      const node = this.nodes.get(number)!;
      // The peer may still call the node, but then with its path.
      const isReplaced = this.numbers.get(node.path) !== number;
      if (!node.hasSameMethods && !isReplaced) this.differences.addWithoutPath(node);
      this.delete(number);
      return true;
    }
    return false;
  }
}

/**
 * The small numbers that stand for the paths of nodes (docs/engine/multiplayer-wire.md#path-cache). Each side assigns its
 * own numbers. The numbers of this side count from 1 and are the same for all peers; the numbers of each peer are stored
 * separately.
 */
export class PathCache {
  #count = 0;
  /** Where the numbers come from that several caches share; null for numbers of its own. */
  #shared: PathNumbers | null = null;
  #find: (path: string) => DeclaredNode | undefined = () => undefined;
  readonly #own = new Map<string, number>();
  readonly #ownPaths = new Map<number, string>();
  readonly #peers = new Map<number, PeerPaths>();
  /** The peers whose methods differ at any node. Nearly always empty; then calls need no lookup. */
  readonly #differing = new Set<number>();

  /** Takes numbers from `numbers` from now on. `find`: the node that is declared at a path. Before the first use. */
  share(numbers: PathNumbers, find: (path: string) => DeclaredNode | undefined): void {
    this.#shared = numbers;
    this.#find = find;
  }

  /**
   * The number of this side for `path`, made at the first use. If the path had been forgotten, the peers' numbers for it are
   * no longer dropped when room is needed.
   */
  numberOf(path: string): number {
    let number = this.#own.get(path);
    if (number === undefined) {
      number = this.#shared?.assign() ?? ++this.#count;
      this.#own.set(path, number);
      this.#ownPaths.set(number, path);
      for (const { numbers, forgotten } of this.#peers.values()) {
        const theirs = forgotten.size > 0 ? numbers.get(path) : undefined;
        if (theirs !== undefined) forgotten.delete(theirs);
      }
    }
    return number;
  }

  /** A number that no node has or gets. */
  nextFree(): number {
    return this.#shared?.next() ?? ++this.#count;
  }

  /** The path of a number of this side; empty when there is none. */
  pathOf(number: number): string {
    return this.#ownPaths.get(number) ?? '';
  }

  /** Records that `peer` is sent the path of `number`. Returns false when it was sent before. */
  tell(peer: number, number: number): boolean {
    const paths = this.#of(peer);
    if (paths.sent.has(number)) return false;
    paths.sent.add(number);
    if (paths.carried === null || this.#shared === null) return true;
    if (!paths.carried.sent.has(number)) {
      paths.carried.sent.set(number, false);
      return true;
    }
    // The engine does not confirm a number twice, and a confirmation has to say that the node is there now.
    const alias = this.#shared.next();
    paths.aliases.set(number, alias);
    paths.aliases.set(alias, number);
    return true;
  }

  /** The number under which `peer` is sent the path of `number`. */
  toldNumber(peer: number, number: number): number {
    return this.#peers.get(peer)?.aliases.get(number) ?? number;
  }

  /** The number of this side that `peer` confirms with `number`. */
  confirmedNumber(peer: number, number: number): number {
    const paths = this.#peers.get(peer);
    return paths?.sent.has(number) === true ? number : (paths?.aliases.get(number) ?? number);
  }

  /** Whether `peer` was sent the path of `number`. */
  isTold(peer: number, number: number): boolean {
    return this.#peers.get(peer)?.sent.has(number) === true;
  }

  /** Records that the path could not be sent to `peer`: the next call sends it again. */
  untell(peer: number, number: number): void {
    const paths = this.#peers.get(peer);
    if (paths === undefined) return;
    paths.sent.delete(number);
    const alias = paths.aliases.get(number);
    if (alias === undefined) {
      paths.carried?.sent.delete(number);
      return;
    }
    paths.aliases.delete(number);
    paths.aliases.delete(alias);
  }

  /**
   * Records that `peer` has confirmed `number`. Returns false for a number that was not sent to it, or that it had confirmed
   * before.
   */
  confirm(peer: number, number: number): boolean {
    const paths = this.#peers.get(peer);
    if (paths?.sent.has(number) !== true || paths.confirmed.has(number)) return false;
    paths.confirmed.add(number);
    paths.carried?.sent.set(number, true);
    return true;
  }

  isConfirmed(peer: number, number: number): boolean {
    return this.#peers.get(peer)?.confirmed.has(number) === true;
  }

  /** The number of this side for `path`; undefined when it has none. */
  knownNumberOf(path: string): number | undefined {
    return this.#own.get(path);
  }

  /** How many numbers `peer` and this side have for each other, for the inspector. */
  sizesOf(peer: number): { readonly sent: number; readonly confirmed: number; readonly theirs: number } {
    const paths = this.#peers.get(peer);
    return { sent: paths?.sent.size ?? 0, confirmed: paths?.confirmed.size ?? 0, theirs: paths?.nodes.size ?? 0 };
  }

  /** At most `most` of the numbers of this side that `peer` was sent, and of its own, in their order, for the inspector. */
  numbersOf(peer: number, most: number): NumberedPaths {
    const paths = this.#peers.get(peer);
    const ours: NumberedPath[] = [];
    for (const number of paths?.sent ?? []) {
      if (ours.length === most) break;
      ours.push({ number, path: this.pathOf(number), isConfirmed: paths!.confirmed.has(number) });
    }
    const theirs: NumberedPath[] = [];
    for (const [number, { path }] of paths?.nodes ?? []) {
      if (theirs.length === most) break;
      theirs.push({ number, path, isConfirmed: true });
    }
    return { ours, theirs };
  }

  /** The path of a number that any peer was sent by this side, also of one that stands for another number; empty for none. */
  toldPathOf(number: number): string {
    const path = this.#ownPaths.get(number);
    if (path !== undefined || this.#shared === null) return path ?? '';
    for (const { aliases } of this.#peers.values()) {
      const other = aliases.get(number);
      if (other !== undefined) return this.pathOf(other);
    }
    return '';
  }

  /** As `nodeOf`, and nothing is changed. */
  seenNodeOf(peer: number, number: number): DeclaredNode | undefined {
    const paths = this.#peers.get(peer);
    const known = paths?.nodes.get(number);
    if (known !== undefined || paths?.carried == null) return known;
    const carried = paths.carried.introduced.get(number) ?? paths.carried.unconfirmed.get(number);
    return carried === undefined ? undefined : this.#find(carried.path);
  }

  /** Where the methods of `peer` differ, for the inspector. */
  differencesOf(peer: number): readonly string[] {
    return this.#differing.has(peer) ? this.#of(peer).differences.places : [];
  }

  /** The node to which `peer` has given `number`. */
  nodeOf(peer: number, number: number): DeclaredNode | undefined {
    const paths = this.#peers.get(peer);
    return paths?.nodes.get(number) ?? this.#carriedNode(peer, paths?.carried ?? null, number);
  }

  /**
   * Stores the number that `peer` gives `node`. Returns false when it would have more than `most`. When a node is freed and
   * made again, the engine gives it another number; the number that the path had before is dropped when room is needed. A server with
   * rooms uses both.
   */
  learn(peer: number, number: number, node: DeclaredNode, hasSameMethods: boolean, most: number): boolean {
    const paths = this.#of(peer);
    const { path, table } = node;
    const before = paths.numbers.get(path);
    if (before !== undefined && before !== number) paths.forgotten.add(before);
    const hasRoom = paths.nodes.has(number) || paths.makeRoom(most);
    if (hasRoom) {
      paths.nodes.set(number, { path, table, hasSameMethods });
      paths.numbers.set(path, number);
    }
    if (hasSameMethods) paths.differences.remove(node);
    else if (hasRoom) paths.differences.add(node);
    else paths.differences.addWithoutPath(node);
    this.#noteDifferences(peer, paths);
    return hasRoom;
  }

  /** Records a number of `peer` for when it moves to another room, whether or not a node is declared at the path here. */
  note(peer: number, number: number, path: string, md5: string, isConfirmed: boolean, most: number): void {
    const paths = this.#peers.get(peer);
    if (isConfirmed) paths?.carried?.note(number, { path, md5 }, most, (other) => !paths.nodes.has(other));
    else paths?.carried?.noteUnconfirmed(number, { path, md5 });
  }

  /** What `peer` takes along when it leaves; null where there are no rooms. */
  carriedBy(peer: number): CarriedPeer | null {
    return this.#peers.get(peer)?.carried ?? null;
  }

  /** `peer` comes, with what it has taken along. */
  receive(peer: number, carried: CarriedPeer): void {
    this.#of(peer).carried = carried;
  }

  /** Records that the methods of `peer` at `node`, which this side has numbered, differ. */
  differ(peer: number, node: DeclaredNode): void {
    const { path, table } = node;
    const paths = this.#of(peer);
    const number = paths.numbers.get(path);
    if (number !== undefined) paths.nodes.set(number, { path, table, hasSameMethods: false });
    paths.differences.add(node);
    this.#noteDifferences(peer, paths);
  }

  /** Whether the methods of any peer differ at any node. */
  get hasDifferent(): boolean {
    return this.#differing.size > 0;
  }

  /** False when the methods of `peer` differ at `node`; or, if it has not numbered `node`, at any node of the same declaration. */
  hasSameMethods(peer: number, { path, table }: DeclaredNode): boolean {
    if (this.#differing.size === 0 || !this.#differing.has(peer)) return true;
    const { numbers, nodes, differences } = this.#of(peer);
    const number = numbers.get(path);
    return number === undefined ? !differences.has(table) : nodes.get(number)!.hasSameMethods;
  }

  /**
   * `path` is no longer used. The number of this side for it is not used again; the peers' numbers for it are dropped when
   * room is needed.
   */
  forgetPath(path: string): void {
    const number = this.#own.get(path);
    this.#own.delete(path);
    if (number !== undefined) {
      this.#ownPaths.delete(number);
      this.#shared?.release(number);
    }
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
    if (this.#shared !== null) for (const number of this.#ownPaths.keys()) this.#shared.release(number);
    this.#own.clear();
    this.#ownPaths.clear();
    this.#peers.clear();
    this.#differing.clear();
  }

  /** The node to which a peer has given `number` in another room, or before the node was declared here. */
  #carriedNode(peer: number, carried: CarriedPeer | null, number: number): DeclaredNode | undefined {
    const known = carried?.introduced.get(number) ?? carried?.unconfirmed.get(number);
    const node = known === undefined ? undefined : this.#find(known.path);
    if (known === undefined || node === undefined) return undefined;
    this.learn(peer, number, node, known.md5 === node.table.md5, Number.POSITIVE_INFINITY);
    return node;
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
