import { readProject } from '../../../examples/godot-page/project-files.ts';
import type { EngineRun } from './engine.ts';
import { useEngines } from './use-engines.ts';

const GAME = readProject(new URL('../game/', import.meta.url));

/** As `useEngines`, with the game of the folder `game/`: its world is entered by `enter()` of its `main.gd`. */
export function useWorld(count = 1, files: Readonly<Record<string, string>> = {}): readonly EngineRun[] {
  return useEngines('', { count, files: { ...GAME, ...files } });
}
