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

/** `steer(direction: Vector2)`. Invalid directions, such as NaN, do not reach the game. */
export const STEER = [where(vector2, ({ x, y }) => Math.hypot(x, y) < 1.01, 'a direction')] as const;

/** `roster(all: Array[Dictionary])`: all players, sent after each change. */
export const ROSTER = [typedArray(dictionary({ id: int, name: string, place: int, score: int }))] as const;

/** `state(is_playing: bool, seconds_left: float, positions: Dictionary[int, Vector2], coins: PackedVector2Array)`. */
export const STATE = [bool, float, typedDictionary(int, vector2), packedVector2Array] as const;

/** `taken(id: int, at: Vector2)`: a player got a coin. */
export const TAKEN = [int, vector2] as const;

/** The valid names: a name is drawn on every player's screen. */
export const NAME = /^[\p{L}\p{N}][\p{L}\p{N} .'-]{0,15}$/u;

/** The answer to an accepted client; any other text is the reason of a refusal. */
export const WELCOME = 'welcome';
