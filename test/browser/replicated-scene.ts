import { always, onChange, scene, synchronizer } from 'tickpeer/multiplayer';
import { int, vector2 } from 'tickpeer/variant';

/** A player, on both sides: the server moves it, its own page steers it. */
export const player = scene('res://player.tscn', {
  Sync: synchronizer({ position: always(vector2), health: onChange(int, 3) }),
  Inputs: synchronizer({ motion: always(vector2) }, { authority: ({ name }) => Number(name) }),
});
export const SPAWNER = { spawnPath: '../Players', scenes: [player] };
