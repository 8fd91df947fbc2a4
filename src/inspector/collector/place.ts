import type { SceneInspection } from '../../multiplayer/index.ts';

/** Where a connection is: its id, and the multiplayer in which it takes part. */
export interface Place {
  /** 0 for none. */
  readonly id: number;
  /** The code of its room; empty for none. */
  readonly room: string;
  readonly inspection: SceneInspection | null;
}

export const NOWHERE: Place = { id: 0, room: '', inspection: null };
