import type { State } from 'tickpeer';

/** The state of a view's connection, for the badge. */
export interface Condition {
  readonly state: State;
  /** Nothing has arrived for a while, although it is open. */
  readonly isSilent: boolean;
  readonly detail: string;
}

/** One of the page's two views. */
export interface View {
  /** It is looked at from now on. */
  enter(): void;
  /** It is not looked at any more. */
  leave(): void;
  /** The tab is hidden, or visible again. A hidden tab has no animation frames, so nothing is sent to it. */
  hide(isHidden: boolean): void;
  /** Called once per frame of the browser. */
  frame(now: number): void;
  readonly condition: Condition;
}
