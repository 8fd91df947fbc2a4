/** Whether a peer may see a node; called with the peer's id. */
export type VisibilityFilter = (id: number) => boolean;

/** When the filters of a synchronizer are called, with the engine's numbers (`VisibilityUpdateMode`). */
export enum VisibilityUpdateMode {
  /** At every poll. */
  VISIBILITY_PROCESS_IDLE = 0,
  /** At every poll: there are no physics frames here. */
  VISIBILITY_PROCESS_PHYSICS = 1,
  /** Only in `updateVisibility`. */
  VISIBILITY_PROCESS_NONE = 2,
}

/** Which peers see a synchronizer. */
export class Visibility {
  isPublic: boolean;
  readonly #peers = new Set<number>();
  #filters: readonly VisibilityFilter[] = [];

  constructor(isPublic: boolean) {
    this.isPublic = isPublic;
  }

  /** Records whether `id` may see it although it is not public. */
  set(id: number, isVisible: boolean): void {
    if (isVisible) this.#peers.add(id);
    else this.#peers.delete(id);
  }

  has(id: number): boolean {
    return this.#peers.has(id);
  }

  /** Forgets what was set for a peer that has left: its id may be used again. */
  forget(id: number): void {
    this.#peers.delete(id);
  }

  get hasFilters(): boolean {
    return this.#filters.length > 0;
  }

  addFilter(filter: VisibilityFilter): void {
    if (!this.#filters.includes(filter)) this.#filters = [...this.#filters, filter];
  }

  removeFilter(filter: VisibilityFilter): void {
    this.#filters = this.#filters.filter((other) => other !== filter);
  }

  /** Public, or set for `id`; and every filter agrees. */
  isVisibleTo(id: number): boolean {
    if (!this.isPublic && !this.#peers.has(id)) return false;
    return this.#filters.every((filter) => filter(id));
  }
}
