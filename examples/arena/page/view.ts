import type { State } from 'tickpeer';

/** How a view's connection is, for the badge. */
export interface Condition {
  readonly state: State;
  /** Nothing has come for a while although it is open. */
  readonly isSilent: boolean;
  readonly detail: string;
}

/** One of the page's two views. */
export interface View {
  /** It is looked at from now on. */
  enter(): void;
  /** It is not looked at any more. */
  leave(): void;
  /** The tab is hidden, or seen again: a hidden tab has no frames, so it is to be sent nothing. */
  hide(isHidden: boolean): void;
  /** Called once per frame of the browser. */
  frame(now: number): void;
  readonly condition: Condition;
}
