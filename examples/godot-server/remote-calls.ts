// The arguments of game/main.gd's @rpc functions: the server and the bots declare the same ones.
import {
  bool,
  dictionary,
  float,
  int,
  packedVector2Array,
  string,
  typedArray,
  typedDictionary,
  vector2,
  where,
} from 'tickpeer/variant';

/** `steer(direction: Vector2)`. What is no direction, NaN above all, never gets to the game. */
export const STEER = [where(vector2, ({ x, y }) => Math.hypot(x, y) < 1.01, 'a direction')] as const;

/** `roster(all: Array[Dictionary])`: who is there, whenever that changes. */
export const ROSTER = [typedArray(dictionary({ id: int, name: string, place: int, score: int }))] as const;

/** `state(is_playing: bool, seconds_left: float, positions: Dictionary[int, Vector2], coins: PackedVector2Array)`. */
export const STATE = [bool, float, typedDictionary(int, vector2), packedVector2Array] as const;

/** `taken(id: int, at: Vector2)`: somebody got a coin. */
export const TAKEN = [int, vector2] as const;

/** What a name may be: it is drawn on everybody's screen. */
export const NAME = /^[\p{L}\p{N}][\p{L}\p{N} .'-]{0,15}$/u;

/** What a client is answered that may come in; anything else is the reason why it may not. */
export const WELCOME = 'welcome';
