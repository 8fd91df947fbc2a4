import type { Failure } from '../../failure.ts';
import type { Vector2, Vector3 } from '../../variant/index.ts';
import type { Signal } from '../signal.ts';
import type { MultiplayerSynchronizer } from './multiplayer-synchronizer.ts';
import type { ReplicatedNode } from './replicated-node.ts';

/** Options of an `InterestGrid`. Lengths are in the units of the game's positions. */
export interface InterestGridOptions {
  /** The edge of a cell. */
  readonly cellSize: number;
  /** How many cells a peer sees around its own, in every direction: 1 for 3 by 3 cells. Default: 1. */
  readonly reach?: number;
  /** How far a position must leave its cell before it counts as in the next one. Default: a tenth of `cellSize`. */
  readonly margin?: number;
}

/** A position in the plane or in space. */
export type Position = Vector2 | Vector3;

/** The part of a `SceneMultiplayer` that a grid uses. */
export interface PeerSource {
  readonly peerDisconnected: Signal<[id: number, failure: Failure | null]>;
}

/** Something at a position: a node, or a peer's point of view. */
interface Placed {
  readonly position: () => Position;
  /** The numbers of the cell, and the cell. */
  x: number;
  y: number;
  z: number;
  cell: Cell;
}

interface Entry extends Placed {
  readonly node: ReplicatedNode;
  readonly synchronizers: readonly MultiplayerSynchronizer[];
  /** Whether the node has been in the tree. */
  wasInTree: boolean;
}

interface Viewer extends Placed {
  readonly id: number;
  /** The cells that it sees. */
  seen: ReadonlySet<Cell>;
}

/** A cell: the nodes in it, and the peers that see it. */
class Cell {
  readonly key: string;
  readonly entries = new Set<Entry>();
  readonly viewers = new Set<Viewer>();

  constructor(key: string) {
    this.key = key;
  }
}

/**
 * Lets each peer see the nodes that are near it. Nodes and peers have positions on a grid; a peer sees the nodes in its
 * own cell and in those around it. Nodes that come near are spawned there, others are despawned. The engine has nothing
 * like it, and games need no change for it.
 *
 * ```ts
 * const grid = new InterestGrid(multiplayer, { cellSize: 500 });
 * grid.add(one, () => one.position);         // before the node is added to its spawner
 * grid.addViewer(id, () => one.position);    // what the peer sees follows its player
 * setInterval(() => { move(); grid.update(); multiplayer.poll(); }, 33);
 * ```
 */
export class InterestGrid {
  readonly #cellSize: number;
  readonly #reach: number;
  readonly #margin: number;
  readonly #cells = new Map<string, Cell>();
  readonly #entries = new Map<ReplicatedNode, Entry>();
  readonly #viewers = new Map<number, Viewer>();

  /**
   * `multiplayer`: when it emits `peerDisconnected`, the grid forgets the peer. Call `removeViewer` after
   * `disconnectPeer` and `clear`, which emit nothing. Throws `RangeError` for a size that is none.
   */
  constructor(multiplayer: PeerSource, options: InterestGridOptions) {
    const { cellSize, reach = 1, margin = cellSize / 10 } = options;
    if (!(cellSize > 0 && cellSize < Number.POSITIVE_INFINITY)) throw new RangeError(`cellSize cannot be ${cellSize}`);
    if (!(Number.isInteger(reach) && reach >= 0)) throw new RangeError(`reach is a number of cells, not ${reach}`);
    if (!(margin >= 0 && margin < cellSize))
      throw new RangeError(`margin is at least 0 and less than cellSize, not ${margin}`);
    this.#cellSize = cellSize;
    this.#reach = reach;
    this.#margin = margin;
    multiplayer.peerDisconnected.connect((id) => this.removeViewer(id));
  }

  /**
   * From now on, `node` is seen by the peers near `position()`. Its synchronizers are no longer public. Throws
   * `TypeError` for a node without synchronizers, which has no visibility, and for one that was added before. A node
   * that is freed leaves the grid.
   */
  add(node: ReplicatedNode, position: () => Position): void {
    if (this.#entries.has(node)) throw new TypeError(`"${node.name}" is in the grid already`);
    const { synchronizers } = node.instance;
    if (synchronizers.length === 0) throw new TypeError(`"${node.name}" has no synchronizer, so everybody sees it`);
    for (const synchronizer of synchronizers) synchronizer.publicVisibility = false;
    const entry: Entry = { node, synchronizers, wasInTree: node.isInsideTree(), ...this.#placeOf(position) };
    this.#entries.set(node, entry);
    entry.cell.entries.add(entry);
    for (const viewer of entry.cell.viewers) show(entry, viewer, true);
  }

  /** `node` no longer follows the grid. Who sees it stays as it is. */
  remove(node: ReplicatedNode): void {
    const entry = this.#entries.get(node);
    if (entry === undefined) return;
    this.#entries.delete(node);
    entry.cell.entries.delete(entry);
    this.#dropIfEmpty(entry.cell);
  }

  /** From now on, peer `id` sees the nodes near `position()`. Replaces the position that it had. */
  addViewer(id: number, position: () => Position): void {
    const before = this.#viewers.get(id);
    const viewer: Viewer = { id, seen: before?.seen ?? new Set(), ...this.#placeOf(position) };
    if (before !== undefined) for (const cell of before.seen) cell.viewers.delete(before);
    for (const cell of viewer.seen) cell.viewers.add(viewer);
    this.#viewers.set(id, viewer);
    this.#look(viewer);
  }

  /** Peer `id` sees no node of the grid any more. */
  removeViewer(id: number): void {
    const viewer = this.#viewers.get(id);
    if (viewer === undefined) return;
    this.#viewers.delete(id);
    for (const cell of viewer.seen) this.#unsee(viewer, cell);
  }

  /** Reads all positions, and applies what has changed. To be called once in a tick, before `poll()`. */
  update(): void {
    for (const entry of this.#entries.values()) {
      const isInTree = entry.node.isInsideTree();
      if (!isInTree && entry.wasInTree) {
        this.remove(entry.node);
        continue;
      }
      entry.wasInTree = isInTree;
      if (this.#moves(entry)) this.#move(entry);
    }
    for (const viewer of this.#viewers.values()) {
      if (!this.#moves(viewer)) continue;
      this.#place(viewer);
      this.#look(viewer);
    }
  }

  /** Whether a position has left its cell by more than the margin. */
  #moves({ position, x, y, z }: Placed): boolean {
    const at = position();
    return this.#isOut(at.x, x) || this.#isOut(at.y, y) || this.#isOut('z' in at ? at.z : 0, z);
  }

  #isOut(at: number, cell: number): boolean {
    if (Number.isNaN(cell)) return !Number.isNaN(at); // it began at no position
    const start = cell * this.#cellSize;
    return at < start - this.#margin || at >= start + this.#cellSize + this.#margin;
  }

  #move(entry: Entry): void {
    const before = entry.cell;
    before.entries.delete(entry);
    this.#place(entry);
    const { cell } = entry;
    cell.entries.add(entry);
    for (const viewer of before.viewers) if (!cell.viewers.has(viewer)) show(entry, viewer, false);
    for (const viewer of cell.viewers) if (!before.viewers.has(viewer)) show(entry, viewer, true);
    this.#dropIfEmpty(before);
  }

  /** What a viewer sees follows its place. */
  #look(viewer: Viewer): void {
    const seen = new Set<Cell>();
    const { x, y, z } = viewer;
    const reach = this.#reach;
    const depth = 'z' in viewer.position() ? reach : 0;
    for (let dx = -reach; dx <= reach; dx++) {
      for (let dy = -reach; dy <= reach; dy++) {
        for (let dz = -depth; dz <= depth; dz++) seen.add(this.#cellAt(x + dx, y + dy, z + dz));
      }
    }
    const before = viewer.seen;
    viewer.seen = seen;
    for (const cell of seen) {
      if (before.has(cell)) continue;
      cell.viewers.add(viewer);
      for (const entry of cell.entries) show(entry, viewer, true);
    }
    for (const cell of before) if (!seen.has(cell)) this.#unsee(viewer, cell);
  }

  #unsee(viewer: Viewer, cell: Cell): void {
    cell.viewers.delete(viewer);
    for (const entry of cell.entries) show(entry, viewer, false);
    this.#dropIfEmpty(cell);
  }

  #placeOf(position: () => Position): Placed {
    const placed = { position, x: 0, y: 0, z: 0, cell: NOWHERE };
    this.#place(placed);
    return placed;
  }

  #place(placed: Placed): void {
    const at = placed.position();
    placed.x = Math.floor(at.x / this.#cellSize);
    placed.y = Math.floor(at.y / this.#cellSize);
    placed.z = Math.floor(('z' in at ? at.z : 0) / this.#cellSize);
    placed.cell = this.#cellAt(placed.x, placed.y, placed.z);
  }

  #cellAt(x: number, y: number, z: number): Cell {
    const key = `${x} ${y} ${z}`;
    let cell = this.#cells.get(key);
    if (cell === undefined) {
      cell = new Cell(key);
      this.#cells.set(key, cell);
    }
    return cell;
  }

  #dropIfEmpty(cell: Cell): void {
    if (cell.entries.size === 0 && cell.viewers.size === 0) this.#cells.delete(cell.key);
  }
}

const NOWHERE = new Cell('');

function show({ synchronizers }: Entry, { id }: Viewer, isVisible: boolean): void {
  for (const synchronizer of synchronizers) synchronizer.setVisibilityFor(id, isVisible);
}
