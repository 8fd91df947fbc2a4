import { override, SceneMultiplayer, WebSocketMultiplayerPeer } from '../../multiplayer/index.ts';
import { Rooms } from '../../rooms/index.ts';
import type { InspectorTarget } from './watched-target.ts';

/** How long the polls of an interval took. Milliseconds. */
export interface PollFigures {
  readonly count: number;
  readonly mean: number | null;
  readonly most: number | null;
}

/** Measures how long each `poll` of a target takes, with the handlers that it calls. */
export class PollTimes {
  readonly #undo: () => void;
  #count = 0;
  #sum = 0;
  #most = 0;

  constructor(target: InspectorTarget) {
    // One call for each class: `override` needs to know which method it replaces.
    if (target instanceof SceneMultiplayer) this.#undo = override(target, 'poll', (poll) => () => this.#time(poll));
    else if (target instanceof WebSocketMultiplayerPeer)
      this.#undo = override(target, 'poll', (poll) => () => this.#time(poll));
    else if (target instanceof Rooms) this.#undo = override(target, 'poll', (poll) => () => this.#time(poll));
    else this.#undo = override(target, 'poll', (poll) => () => this.#time(poll));
  }

  /** The figures since the last call. */
  take(): PollFigures {
    const count = this.#count;
    const figures = { count, mean: count === 0 ? null : this.#sum / count, most: count === 0 ? null : this.#most };
    this.#count = 0;
    this.#sum = 0;
    this.#most = 0;
    return figures;
  }

  stop(): void {
    this.#undo();
  }

  #time<T>(poll: () => T): T {
    const start = performance.now();
    try {
      return poll();
    } finally {
      const time = performance.now() - start;
      this.#count++;
      this.#sum += time;
      if (time > this.#most) this.#most = time;
    }
  }
}
