import type { MultiplayerPeer } from 'tickpeer/multiplayer';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { hubs } from '../ours/hub.ts';
import { RecordingPeer } from '../ours/recording-peer.ts';
import { type Side, sides, told } from '../ours/side.ts';
import { until } from '../ours/until.ts';
import { catchUp, catchUpWithServer } from './catch-up.ts';
import { type EngineRun, startEngine, stopEngines } from './engine.ts';
import { project } from './project.ts';

export interface EnginesOptions {
  /** How many. Default: 1. */
  readonly count?: number;
  /** More files of the project. */
  readonly files?: Readonly<Record<string, string>>;
  /** Chromium's. */
  readonly args?: readonly string[];
}

/**
 * Engines for the tests of a file, all with the script `main.gd`: a start takes seconds. After each test they leave the
 * session, tickpeer's sides close, and the test fails if anything is left that it did not expect: a line, an event, or an
 * error of the engine's.
 */
export function useEngines(script: string, { count = 1, files, args }: EnginesOptions = {}): readonly EngineRun[] {
  const engines: EngineRun[] = [];
  beforeAll(async () => {
    const starting = Array.from({ length: count }, () => startEngine(project(script, files), args));
    engines.push(...(await Promise.all(starting)));
  });
  afterEach(async () => {
    const leftovers = await endScene(engines);
    expect(leftovers).toEqual([]);
  });
  afterAll(stopEngines);
  return engines;
}

/** Lines that no test has taken. */
async function endScene(engines: readonly EngineRun[]): Promise<string[]> {
  const leftovers: string[] = [];
  try {
    for (const game of engines) {
      const id = (await game.run('multiplayer.get_unique_id()')) as number;
      for (const side of sides) {
        if (isServer(side) && side.peer.getPeer(id) !== null) await catchUp(side, id, game);
      }
    }
    for (const hub of hubs) await catchUpWithServer(hub);
    leftovers.push(...engines.flatMap(({ lines }) => lines), ...[...sides].flatMap((side) => side.told));
  } finally {
    for (const { run, lines, errors } of engines) {
      await run('leave()');
      await run('tell("left")');
      await until(() => lines.includes(told('left')));
      lines.length = 0;
      leftovers.push(...errors.splice(0));
    }
    for (const side of [...sides]) side.leave();
    for (const hub of [...hubs]) hub.close();
  }
  return leftovers;
}

function isServer(side: Side<MultiplayerPeer>): side is Side {
  return side.peer instanceof RecordingPeer && side.peer.getUniqueId() === 1;
}
