import { ErrorCode } from '../../error-code.ts';
import {
  type ConnectingClient,
  SceneMultiplayer,
  type SceneMultiplayerOptions,
  WebSocketMultiplayerPeer,
} from '../../multiplayer/index.ts';
import { Random, type ReplayedProgram, type ReplayHost } from '../../testing/index.ts';
import { WebSocketServer, type WebSocketServerOptions } from '../../websocket/index.ts';
import { CommandError } from '../command/command-error.ts';
import { ExitCode } from '../command/exit-code.ts';

/** The server of a Godot game, in the module that `replay` runs. */
export interface GameModule {
  /** Of its `WebSocketServer`. */
  readonly options: WebSocketServerOptions;
  readonly multiplayerOptions: SceneMultiplayerOptions;
  /** Declares the game's nodes. What it returns is called for each tick, after the poll. */
  readonly multiplayer: (multiplayer: SceneMultiplayer, clock: ReplayHost['clock'], random: Random) => unknown;
}

const LARGEST_ID = 2 ** 31 - 1;

/** A server whose clients get the ids that they had in the recording. `ids`: by the keys of their requests. */
export function gameProgram(
  { options, multiplayerOptions, multiplayer: declare }: GameModule,
  ids: ReadonlyMap<string, readonly number[]>,
  { clock, random }: ReplayHost,
): ReplayedProgram {
  // As `createServer` of a WebSocketMultiplayerPeer makes its server.
  const server = new WebSocketServer({ allowedOrigins: '*', handshakeTimeLimit: 3, ...options, clock });
  const peer = new RecordedIdsPeer(ids);
  if (peer.createServerFrom(server) !== ErrorCode.OK) {
    throw new CommandError(ExitCode.FAILED, `The server did not start: ${peer.getLastFailure()?.message ?? ''}`);
  }
  const multiplayer = new SceneMultiplayer({ ...multiplayerOptions, clock });
  const tick = declare(multiplayer, clock, random);
  if (tick !== undefined && typeof tick !== 'function') {
    throw new TypeError('the function "multiplayer" returns a function for each tick, or nothing');
  }
  multiplayer.multiplayerPeer = peer;
  return {
    accept: (stream) => server.acceptStream(stream),
    tick: () => {
      multiplayer.poll();
      tick?.();
    },
  };
}

/** Gives clients the ids of a recording. */
class RecordedIdsPeer extends WebSocketMultiplayerPeer {
  readonly #ids: ReadonlyMap<string, readonly number[]>;
  /** How many ids of a key were given. */
  readonly #given = new Map<string, number>();
  /** For clients that had none. A generator of its own, so that the program's numbers do not change. */
  readonly #random = new Random(1);

  constructor(ids: ReadonlyMap<string, readonly number[]>) {
    super();
    this.#ids = ids;
  }

  override generateUniqueId(client?: ConnectingClient): number {
    const key = client?.request?.headers.get('sec-websocket-key') ?? '';
    const given = this.#given.get(key) ?? 0;
    this.#given.set(key, given + 1);
    return this.#ids.get(key)?.[given] ?? this.#random.integer(2, LARGEST_ID);
  }
}
