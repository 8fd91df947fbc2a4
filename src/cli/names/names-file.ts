import { readFileSync } from 'node:fs';
import { type DeclaredNames, PacketDecoder } from '../../multiplayer/index.ts';
import { CommandError } from '../command/command-error.ts';
import { ExitCode } from '../command/exit-code.ts';
import { printable } from '../terminal/printable.ts';

const EXAMPLE =
  'It is JSON: {"nodes": {"Main": ["move", "state"]}}, with all @rpc functions of each node. tickpeer import GAME_DIR --names FILE writes it.';

/** The names of methods and properties in a JSON file of the form `DeclaredNames`. Throws a `CommandError`. */
export function readNames(file: string): DeclaredNames {
  try {
    const names: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof names !== 'object' || names === null || Array.isArray(names)) throw new TypeError('it is no object');
    const unknown = Object.keys(names).find((key) => !KEYS.includes(key));
    if (unknown !== undefined) throw new TypeError(`it has "${unknown}", and may have ${KEYS.join(', ')}`);
    // The decoder looks at every part, and throws for what it cannot use.
    new PacketDecoder(names);
    return names;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(ExitCode.IO, `${printable(file)} cannot be used: ${printable(reason)}.`, EXAMPLE);
  }
}

const KEYS: readonly string[] = ['nodes', 'spawners', 'synchronizers'];
