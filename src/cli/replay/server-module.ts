import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Random, ReplayedProgram, ReplayHost, VirtualClock } from '../../testing/index.ts';
import { WebSocketServer, type WebSocketServerOptions } from '../../websocket/index.ts';
import { CommandError, usageError } from '../command/command-error.ts';
import { ExitCode } from '../command/exit-code.ts';
import { printable } from '../terminal/printable.ts';
import type { GameModule } from './game-server.ts';
import { recordedIds } from './recorded-ids.ts';

/** A module with a server that the module polls itself. */
interface PlainModule {
  /** The options of its server. */
  readonly options: WebSocketServerOptions;
  /** Begins, and returns what the loop does each time: it polls the server. */
  readonly begin: (server: WebSocketServer, clock: VirtualClock, random: Random) => unknown;
}

/** What the module of a server exports. */
export type ServerModule = PlainModule | GameModule;

const EXAMPLE =
  'For example: export default (server, clock) => () => { server.poll(); … }; for a Godot game: export const multiplayer = (multiplayer) => { … };';

/** Loads a module that exports a server. Throws a `CommandError` for one that cannot be loaded, or exports something else. */
export async function loadServerModule(path: string): Promise<ServerModule> {
  let loaded: Record<string, unknown>;
  try {
    loaded = await import(pathToFileURL(resolve(path)).href);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(
      ExitCode.IO,
      `${printable(path)} cannot be loaded: ${printable(reason, 300)}`,
      'MODULE is a JavaScript module, such as server.mjs.',
    );
  }
  const { default: begin, multiplayer, options = {}, multiplayerOptions = {} } = loaded;
  if (typeof begin !== 'function' && typeof multiplayer !== 'function')
    throw usageError(`${printable(path)} exports neither a server by default nor a function "multiplayer".`, EXAMPLE);
  if (begin !== undefined && multiplayer !== undefined)
    throw usageError(`${printable(path)} exports a server by default and "multiplayer".`, 'Export one of them.');
  const given = { options: optionsOf('options', options, path) };
  // Checked as far as it can be: what a JavaScript module's function takes and returns shows when it is called.
  if (typeof multiplayer !== 'function') return { ...given, begin: begin as PlainModule['begin'] };
  return {
    ...given,
    multiplayerOptions: optionsOf('multiplayerOptions', multiplayerOptions, path),
    multiplayer: multiplayer as GameModule['multiplayer'],
  };
}

function optionsOf(name: string, value: unknown, path: string): object {
  if (typeof value === 'object' && value !== null) return value;
  throw usageError(`${printable(path)}: its export "${name}" is no object.`, 'It has options by their names.');
}

/** Returns what makes the program of a module, for a replay of `recording`. */
export async function programOf(
  module: ServerModule,
  recording: Uint8Array,
): Promise<(host: ReplayHost) => ReplayedProgram> {
  if ('begin' in module) return (host) => plainProgram(module, host);
  // Loaded when it is used: the multiplayer is large.
  const { gameProgram } = await import('./game-server.ts');
  const ids = recordedIds(recording);
  return (host) => gameProgram(module, ids, host);
}

function plainProgram({ options, begin }: PlainModule, { clock, random }: ReplayHost): ReplayedProgram {
  const server = new WebSocketServer({ ...options, clock });
  const tick = begin(server, clock, random);
  if (!isTick(tick)) throw new TypeError('the function that is exported by default returns no function');
  return { accept: (stream) => server.acceptStream(stream), tick };
}

function isTick(value: unknown): value is () => void {
  return typeof value === 'function';
}
