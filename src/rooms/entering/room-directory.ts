/**
 * Says which rooms this process may have, where several processes share the codes of rooms: the `Cluster` of tickpeer/cluster. Its methods are called while the
 * server is polled, so they answer at once.
 */
export interface RoomDirectory {
  /** A code for a new room, which no other process uses; null when there is none at present. `create` then returns `TICKPEER_CLUSTER`. */
  takeCode(): string | null;
  /** Whether this process may open a room with this code, which it has not taken. */
  mayOpen(code: string): boolean;
  /** Whether another process has a room with this code, or is about to. A client that asks for it here is closed with 4503 and comes again. */
  isElsewhere(code: string): boolean;
  /** Whether this process may still run its rooms. Asked before each tick of a room, which is left out if not. */
  mayRun(): boolean;
}
