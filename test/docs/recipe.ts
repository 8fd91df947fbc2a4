import { once } from 'node:events';
import { SceneMultiplayer, WebSocketMultiplayerPeer } from 'tickpeer/multiplayer';
import { onTestFinished } from 'vitest';
import { drive, type Pollable } from '../support/peers.ts';
import { until } from '../support/until.ts';
import { CodeBlocks } from './document.ts';
import { type Program, runProgram } from './program.ts';

/** For what a program of its own does first, on a machine with other work. */
const PATIENCE = 30_000;

/** Polls until `condition` holds. */
export function wait(pollables: Pollable | readonly Pollable[], condition: () => boolean): Promise<void> {
  return drive(pollables, condition, PATIENCE);
}

/** A program of a recipe or a tutorial, on a free port. It is ended with the test. */
export async function runRecipe(
  page: string,
  file: string,
  environment: Readonly<Record<string, string>> = {},
  { replace: [from, to] = ['', ''], ...more }: Parameters<typeof runProgram>[2] & { replace?: [string, string] } = {},
): Promise<Program> {
  const source = new CodeBlocks(page).file(file).replace(from, to);
  const program = await runProgram(source, { PORT: '0', ...environment }, more);
  onTestFinished(program.end);
  return program;
}

/** The port that a program prints: `port 1234` or `port: 1234`. */
export async function portOf(program: Program): Promise<number> {
  await until(() => /port:? \d/.test(program.output()) || program.process.exitCode !== null, PATIENCE);
  const [, port] = /port:? (\d+)/.exec(program.output()) ?? [];
  if (port === undefined) throw new Error(program.output());
  return Number(port);
}

/** Waits for a text in a program's output. */
export async function untilPrinted(program: Program, text: string | RegExp): Promise<void> {
  const isThere = (): boolean => new RegExp(text).test(program.output());
  await until(() => isThere() || program.process.exitCode !== null, PATIENCE).catch(() => {});
  if (!isThere()) throw new Error(`${text} was not printed:\n${program.output()}`);
}

/** Waits for a program's end, and returns its exit code. */
export async function ended(program: Program): Promise<number | null> {
  if (program.process.exitCode === null) await once(program.process, 'exit');
  return program.process.exitCode;
}

/** A client of a Godot game's server, as the game is. */
export function joinGame(url: string): { multiplayer: SceneMultiplayer; peer: WebSocketMultiplayerPeer } {
  const peer = new WebSocketMultiplayerPeer();
  onTestFinished(() => peer.close());
  const multiplayer = new SceneMultiplayer();
  peer.createClient(url);
  multiplayer.multiplayerPeer = peer;
  return { multiplayer, peer };
}
