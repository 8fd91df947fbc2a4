import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Random, VirtualClock } from '../../testing/index.ts';
import { WebSocketServer, type WebSocketServerOptions } from '../../websocket/index.ts';
import { CommandError } from '../command/command-error.ts';
import { ExitCode } from '../command/exit-code.ts';
import { printable } from '../terminal/printable.ts';

/** What the module of a server exports. */
export interface ServerModule {
  /** The options of its server. */
  readonly options: WebSocketServerOptions;
  /** Begins, and returns what the loop does each time: it polls the server. */
  readonly begin: (server: WebSocketServer, clock: VirtualClock, random: Random) => () => void;
}

/** Loads a module that exports a function. Throws a `CommandError` for one that cannot be loaded, or exports something else. */
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
  const { default: begin, options = {} } = loaded;
  if (typeof begin !== 'function' || typeof options !== 'object' || options === null) {
    throw new CommandError(
      ExitCode.USAGE,
      `${printable(path)} does not export a server by default.`,
      'For example: export default (server, clock) => () => { server.poll(); … };',
    );
  }
  // Checked as far as it can be: what a JavaScript module's function takes and returns shows when it is called.
  return { begin: begin as ServerModule['begin'], options };
}

/** The server of a module on a virtual clock. */
export function serverOf({ options }: ServerModule, clock: VirtualClock): WebSocketServer {
  return new WebSocketServer({ ...options, clock });
}
