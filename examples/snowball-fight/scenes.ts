// What the project in game/ replicates, as its scenes say. The server and the bots declare the same.
import { always, onChange, scene, spawnOnly, synchronizer } from 'tickpeer/multiplayer';
import { dictionary, int, string, type Vector2, vector2, where } from 'tickpeer/variant';

/** Invalid directions, such as NaN, do not reach the game. */
const direction = where(vector2, ({ x, y }) => Math.hypot(x, y) < 1.01, 'a direction');

/** game/player.tscn: the server moves a player, and the client of the player's name writes its inputs. */
export const playerScene = scene('res://player.tscn', {
  Sync: synchronizer({
    position: always(vector2),
    health: onChange(int, 3),
    score: onChange(int),
    player_name: spawnOnly(string),
    place: spawnOnly(int),
  }),
  'Inputs/Sync': synchronizer(
    { motion: always(direction), aim: onChange(direction), throws: onChange(int) },
    { authority: ({ name }) => Number(name), replicationInterval: 0.033, deltaInterval: 0.033 },
  ),
});
export type Player = ReturnType<typeof playerScene.instantiate>;

/** game/snowball.tscn: nothing of it is synchronized, since both sides know how it flies from the data of its spawn. */
export const snowballScene = scene('res://snowball.tscn', {});

/** What `spawn_function` of game/main.gd gets for a snowball. */
export const SNOWBALL = dictionary({ position: vector2, velocity: vector2, place: int });
export interface SnowballData {
  readonly position: Vector2;
  readonly velocity: Vector2;
  /** Of who threw it. */
  readonly place: number;
}

/** The node `Round` of game/main.tscn: it is there from the start, and not spawned. */
export const roundScene = scene('res://main.tscn', {
  Sync: synchronizer({ seconds_left: onChange(int), news: onChange(string) }),
});

export type Round = ReturnType<typeof roundScene.instantiate>;

/** `enter(player_name: String)`, of the node `Main`: a client's world is loaded, and it wants to play. */
export const ENTER = [string] as const;

/** The valid names: a name is drawn on every player's screen. */
export const NAME = /^[\p{L}\p{N}][\p{L}\p{N} .'-]{0,15}$/u;
