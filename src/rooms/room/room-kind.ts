import { checkReturnOptions, type PeerLimits, type ReturnOptions, type SleepOptions } from '../../multiplayer/index.ts';
import { checkCount, checkSeconds } from '../limits/rooms-limits.ts';
import type { Room } from './room.ts';

/** What a program runs in a room: what the `open` of its kind returns. All methods are optional. */
export interface RoomLogic {
  /**
   * Called with every tick in which the room has players, between what has arrived and what is sent of replicated nodes. `delta`:
   * seconds since the last one; after a time without players, one tick's.
   */
  onTick?(delta: number): void;
  /** The room closes. What is sent to the players here still reaches them. */
  onClose?(reason: string): void;
  /** `Rooms.drain` was called: the process will stop soon. A good time to tell the players. */
  onDrain?(): void;
  /**
   * A message has arrived from another room, by the `Cluster` of tickpeer/cluster: called in its `poll`, also while the room has no players.
   * `message` is plain data, as `save` returns it; check what is in it. `from`: the code of the room that has sent it, or empty for none.
   */
  onMessage?(message: unknown, from: string): void;
  /**
   * Returns what `open` needs to open the room again in another process: plain data, that is null, booleans, finite numbers, strings, and
   * arrays and objects of these. `undefined`: there is nothing to save now. Called with the option `saving` of `Rooms`: in the
   * given interval while the room has players, when the last one has left, and at `Rooms.stop`, before `onClose`.
   */
  save?(): unknown;
}

/** How matches are made of the players in the queue (`MatchQueue`). */
export interface MatchRules {
  /** Players of a match. Default: the capacity. */
  readonly players?: number;
  /** With fewer players, but at least this number, a match begins once one of them has waited for `patience`. Default: `players`. */
  readonly leastPlayers?: number;
  /** Seconds. Default: 20. */
  readonly patience?: number;
}

/** A kind of rooms: how large they are, how fast they run, how long they live, and what runs in them. */
export interface RoomKind<Logic = unknown> {
  /** The most players of a room. */
  readonly capacity: number;
  /** Ticks per second. Packets are handled, and nodes are sent, at the ticks of the room. Default: 30. */
  readonly tickRate?: number;
  /** Seconds without players after which a room closes; `Infinity` for never. Default: 30. */
  readonly idleTime?: number;
  /** A client that asks for a code that no room has gets a new room with that code: `?room=CODE&kind=NAME`. Default: false. */
  readonly opensByCode?: boolean;
  /** A client may ask for the kind alone (`?kind=NAME`): it gets a place by `quickMatch`. Default: false. */
  readonly opensByKind?: boolean;
  /** A room in which more handlers have thrown closes. Default: `Infinity`. */
  readonly mostFaults?: number;
  /**
   * Whether players whose connection was cut come back with the same id (docs/returning.md). Their places stay taken meanwhile. Default: false.
   */
  readonly returning?: boolean | ReturnOptions;
  /** How matches are made of players in the queue. */
  readonly match?: MatchRules;
  /** Limits for every player; see `PeerLimits`. */
  readonly limits?: PeerLimits;
  /** Players whose game does not run; see `SceneMultiplayerOptions.sleep`. */
  readonly sleep?: SleepOptions | false;
  /**
   * A room opens: declares its nodes in `room.multiplayer`. What it returns is `room.logic`. `saved`: what `save` has returned, when the
   * room is restored; `undefined` for a new room.
   */
  open(room: Room, saved: unknown): Logic;
}

/** The kinds of rooms of a server, by name. */
export type RoomKinds = Readonly<Record<string, RoomKind>>;

/** What runs in the rooms of a kind. */
export type LogicOf<Kind> = Kind extends { open(room: Room, saved: unknown): infer Logic } ? Logic : never;

/** A kind with all its options. */
export interface CheckedKind {
  readonly name: string;
  readonly capacity: number;
  readonly tickRate: number;
  readonly idleTime: number;
  readonly opensByCode: boolean;
  readonly opensByKind: boolean;
  readonly mostFaults: number;
  readonly match: Required<MatchRules>;
  readonly limits: PeerLimits;
  readonly sleep: SleepOptions | false;
  readonly returning: boolean | ReturnOptions;
  readonly open: (room: Room, saved: unknown) => unknown;
}

/** Throws for options that cannot be used. */
export function checkKind(name: string, kind: RoomKind): CheckedKind {
  const { capacity, tickRate = 30, idleTime = 30, mostFaults = Number.POSITIVE_INFINITY, limits = {} } = kind;
  const { opensByCode = false, opensByKind = false, sleep = {}, returning = false } = kind;
  checkReturnOptions(returning);
  if (typeof kind.open !== 'function') throw new TypeError(`open of the kind "${name}" is a function`);
  checkCount(`capacity of the kind "${name}"`, capacity);
  if (!(tickRate > 0) || tickRate > 1000) {
    throw new RangeError(`tickRate of the kind "${name}" is above 0 and at most 1000, not ${tickRate}`);
  }
  checkSeconds(`idleTime of the kind "${name}"`, idleTime, true);
  if (mostFaults !== 0) checkCount(`mostFaults of the kind "${name}"`, mostFaults);
  const { players = capacity, patience = 20 } = kind.match ?? {};
  const { leastPlayers = players } = kind.match ?? {};
  checkCount(`match.players of the kind "${name}"`, players);
  checkCount(`match.leastPlayers of the kind "${name}"`, leastPlayers);
  checkSeconds(`match.patience of the kind "${name}"`, patience, true);
  if (players > capacity || leastPlayers > players) {
    const found = `${leastPlayers} <= ${players} <= ${capacity}`;
    throw new RangeError(`match of the kind "${name}": leastPlayers <= players <= capacity does not hold: ${found}`);
  }
  const match = { players, leastPlayers, patience };
  const open = (room: Room, saved: unknown): unknown => kind.open(room, saved);
  return {
    name,
    capacity,
    tickRate,
    idleTime,
    opensByCode,
    opensByKind,
    mostFaults,
    match,
    limits,
    sleep,
    returning,
    open,
  };
}
