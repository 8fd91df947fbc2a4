import { Side } from '../ours/side.ts';
import { openWorld, type World, type WorldOptions } from '../ours/world.ts';
import type { EngineRun } from './engine.ts';
import { gather } from './gather.ts';

export interface Game {
  readonly server: Side;
  readonly world: World;
  /** Of the engines. */
  readonly ids: readonly number[];
}

/** A server of ours with the game's world; the engines enter the world and join, one after the other. */
export async function play(engines: readonly EngineRun[], options: WorldOptions = {}): Promise<Game> {
  const server = Side.server();
  const world = openWorld(server, options);
  for (const { run } of engines) await run('enter()');
  const ids = await gather(server, engines);
  return { server, world, ids };
}
