import type { Clock } from '../clock.ts';
import type { Enter } from './entering/entrance.ts';
import type { RoomDirectory } from './entering/room-directory.ts';
import type { RoomsLimits } from './limits/rooms-limits.ts';
import type { Room, RoomMetadata } from './room/room.ts';
import type { RoomKinds } from './room/room-kind.ts';
import type { SavingOptions } from './saving/room-store.ts';

/** Options of `Rooms`. */
export interface RoomsOptions<Kinds extends RoomKinds = RoomKinds> {
  /** The kinds of rooms, by name. */
  readonly kinds: Kinds;
  /**
   * Which room a client enters: called for each new connection. It returns a room, or why the client is refused; null to decide by the
   * URL (docs/rooms.md#which-room-a-client-enters). Default: by the URL.
   */
  readonly enter?: Enter;
  /** The versions of the game that may enter, as the parameter `version` of the URL. Default: null, all. */
  readonly versions?: readonly string[] | null;
  readonly limits?: RoomsLimits;
  /**
   * Seconds within which the game of a player has to answer while it is moved to another room, after which it is closed with 4408. The game of
   * a tab in the background may answer hours later. Default: `Infinity`, as long as the connection is open.
   */
  readonly moveTimeLimit?: number;
  /** Rooms whose logic has a method `save` are saved, and opened again by the next process. Default: they are not. */
  readonly saving?: SavingOptions;
  /** Where several processes share the codes of rooms: which this one may have. `Cluster` of tickpeer/cluster has one. Default: all. */
  readonly directory?: RoomDirectory;
  /** The clock for ticks, limits and time limits. Default: the system's. */
  readonly clock?: Clock;
}

/** Options of `Rooms.create`. */
export interface CreateOptions {
  /** The code; it is not case-sensitive. Default: a new one that cannot be guessed. */
  readonly code?: string;
  readonly metadata?: RoomMetadata;
  /** The player who wants the room: it counts for `limits.roomsPerAddress`. */
  readonly by?: number;
}

/** Options of `Rooms.quickMatch`. */
export interface QuickMatchOptions<Logic = unknown> {
  /** Which rooms come into question. Default: all. */
  readonly filter?: (room: Room<Logic>) => boolean;
  /** Of the room that is made when there is none. */
  readonly metadata?: RoomMetadata;
  /** As in `CreateOptions`. */
  readonly by?: number;
}
