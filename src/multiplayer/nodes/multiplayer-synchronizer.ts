import { Signal } from '../signal.ts';
import type { SceneInstance } from './scene-instance.ts';
import type { SynchronizerLayout } from './scene-layout.ts';
import { SceneNode } from './scene-node.ts';
import { checkInterval } from './synchronizer-declaration.ts';
import { Visibility, type VisibilityFilter, VisibilityUpdateMode } from './visibility.ts';

/**
 * Sends the properties of its configuration from its authority to the peers that see it
 * (docs/engine/multiplayer-wire.md#sync). It is declared by `synchronizer`, and `getNode` returns it. Visibility and
 * intervals have an effect on its authority only.
 */
export class MultiplayerSynchronizer extends SceneNode {
  /** A SYNC of its authority has arrived, and its values are set. */
  readonly synchronized: Signal<[]> = new Signal();
  /** As `synchronized`, for a DELTA. */
  readonly deltaSynchronized: Signal<[]> = new Signal();
  /** `setVisibilityFor` or `publicVisibility` has changed for a peer; 0 stands for all. */
  readonly visibilityChanged: Signal<[forPeer: number]> = new Signal();
  /** When the visibility filters are called. Default: at every poll. */
  visibilityUpdateMode: VisibilityUpdateMode = VisibilityUpdateMode.VISIBILITY_PROCESS_IDLE;
  /** @internal */
  readonly layout: SynchronizerLayout;
  /** @internal */
  readonly visibility: Visibility;
  #replicationInterval: number;
  #deltaInterval: number;

  /** @internal */
  constructor(instance: SceneInstance, scenePath: string) {
    super(instance, scenePath);
    // The layout of the scene says that the node at this path is a synchronizer.
    this.layout = instance.layout.synchronizers.find(({ path }) => path === scenePath)!;
    const { options } = this.layout.declaration;
    this.visibility = new Visibility(options.publicVisibility);
    this.#replicationInterval = options.replicationInterval;
    this.#deltaInterval = options.deltaInterval;
  }

  /** Seconds between two SYNCs; 0 for every poll. */
  get replicationInterval(): number {
    return this.#replicationInterval;
  }

  set replicationInterval(seconds: number) {
    checkInterval('replicationInterval', seconds);
    this.#replicationInterval = seconds;
  }

  /** Seconds between two DELTAs; 0 for every poll with a change. */
  get deltaInterval(): number {
    return this.#deltaInterval;
  }

  set deltaInterval(seconds: number) {
    checkInterval('deltaInterval', seconds);
    this.#deltaInterval = seconds;
  }

  /** Whether every peer sees it. Otherwise those for which `setVisibilityFor` says so. Filters apply to both. */
  get publicVisibility(): boolean {
    return this.visibility.isPublic;
  }

  set publicVisibility(isPublic: boolean) {
    this.setVisibilityFor(0, isPublic);
  }

  /**
   * Sets whether a peer sees it while it is not public; 0 stands for all peers, as `publicVisibility`. A node that was
   * spawned is despawned at a peer that sees none of its synchronizers.
   */
  setVisibilityFor(id: number, isVisible: boolean): void {
    const { visibility } = this;
    if ((id === 0 ? visibility.isPublic : visibility.has(id)) === isVisible) return;
    if (id === 0) visibility.isPublic = isVisible;
    else visibility.set(id, isVisible);
    this.updateVisibility(id);
    this.visibilityChanged.emit(id);
  }

  /** What `setVisibilityFor` has set. */
  getVisibilityFor(id: number): boolean {
    return id === 0 ? this.visibility.isPublic : this.visibility.has(id);
  }

  /** Adds a function that says whether a peer may see it. All of them have to agree. */
  addVisibilityFilter(filter: VisibilityFilter): void {
    this.visibility.addFilter(filter);
    this.updateVisibility();
  }

  removeVisibilityFilter(filter: VisibilityFilter): void {
    this.visibility.removeFilter(filter);
    this.updateVisibility();
  }

  /** Applies the filters for one peer, or for all. */
  updateVisibility(forPeer: number = 0): void {
    this.instance.host?.updateVisibility(this, forPeer);
  }
}
