import { VisibilityUpdateMode } from '../nodes/visibility.ts';
import { pathNetId } from '../wire/state-packet.ts';
import type { FirstError } from './first-error.ts';
import type { Introductions } from './introductions.ts';
import type { PeerView } from './peer-view.ts';
import type { SpawnSender } from './spawn-sender.ts';
import type { SynchronizerState } from './synchronizer-state.ts';

/** Shows the synchronizers of this peer to those that may see them, and hides them. */
export class StateVisibility {
  readonly #spawns: SpawnSender;
  readonly #introductions: Introductions;
  readonly #errors: FirstError;
  /** Those with visibility filters. */
  readonly #filtered = new Set<SynchronizerState>();

  /** `errors`: what a filter has thrown. */
  constructor(spawns: SpawnSender, introductions: Introductions, errors: FirstError) {
    this.#spawns = spawns;
    this.#introductions = introductions;
    this.#errors = errors;
  }

  /** A filter may have been added. */
  note(state: SynchronizerState): void {
    if (state.synchronizer.visibility.hasFilters) this.#filtered.add(state);
  }

  delete(state: SynchronizerState): void {
    this.#filtered.delete(state);
  }

  refresh(view: PeerView, state: SynchronizerState): void {
    const { instance, visibility } = state.synchronizer;
    if (this.#spawns.has(instance)) {
      this.#spawns.refresh(view, instance);
      return;
    }
    try {
      if (!visibility.isVisibleTo(view.id)) view.hide(state);
      else if (!view.sees(state)) this.#showByPath(view, state);
    } catch (cause) {
      this.#errors.note(cause); // of a filter
    }
  }

  /** Calls the filters that are called at every poll. */
  refreshFiltered(views: ReadonlyMap<number, PeerView>): void {
    for (const state of this.#filtered) {
      const { visibility, visibilityUpdateMode } = state.synchronizer;
      const isWatched = visibility.hasFilters && visibilityUpdateMode !== VisibilityUpdateMode.VISIBILITY_PROCESS_NONE;
      if (isWatched) for (const view of views.values()) this.refresh(view, state);
    }
  }

  /** Its state is sent once the peer has confirmed its path. */
  #showByPath(view: PeerView, state: SynchronizerState): void {
    const path = state.synchronizer.getPath();
    const isConfirmed = this.#introductions.isConfirmed(view.id, path);
    if (isConfirmed) state.netId = pathNetId(this.#introductions.numberOf(path));
    view.showByPath(state, isConfirmed);
  }
}
