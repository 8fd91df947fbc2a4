import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ErrorCode } from '../../error-code.ts';
import { SceneMultiplayer, WebSocketMultiplayerPeer } from '../../multiplayer/index.ts';
import type { ClientSettings } from '../client/client-options.ts';
import { startPeer } from '../client/open-peer.ts';
import { CommandError } from '../command/command-error.ts';
import { ExitCode } from '../command/exit-code.ts';
import { printable } from '../terminal/printable.ts';
import type { Bot, BotEvents } from './bot.ts';
import { LATE, type Measurements } from './measurements.ts';

/** What a script gets for each of its bots. */
export interface ScriptContext {
  /** Declare the nodes of the game on it. It is not connected yet. */
  readonly multiplayer: SceneMultiplayer;
  /** From 0. */
  readonly number: number;
  /** Counts a round trip that began at `since`: a time that `tick` was given. */
  record(since: number): void;
}

/** What the function of a script returns. */
export interface ScriptedBot {
  /** Called when the bot is to do something, `--rate` times a second; `due`: when that was, in ms of `performance.now()`. */
  tick(due: number): void;
}

type BotScript = (context: ScriptContext) => ScriptedBot;

/** Loads the module of `--script`: its default export is a function. */
export async function loadScript(file: string): Promise<BotScript> {
  const next =
    'It exports a function by default: export default ({ multiplayer, number, record }) => ({ tick(due) { … } })';
  let loaded: { readonly default?: unknown };
  try {
    loaded = await import(pathToFileURL(resolve(file)).href);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(ExitCode.IO, `${printable(file)} cannot be loaded: ${printable(reason, 500)}`, next);
  }
  if (typeof loaded.default !== 'function') {
    throw new CommandError(ExitCode.IO, `${printable(file)} has no function as its default export.`, next);
  }
  // What it returns is checked when it is called.
  return loaded.default as BotScript;
}

/** A multiplayer client whose behaviour is in a script. */
export class ScriptBot implements Bot {
  readonly #client: ClientSettings;
  readonly #measured: Measurements;
  readonly #events: BotEvents;
  readonly #multiplayer = new SceneMultiplayer();
  readonly #peer = new WebSocketMultiplayerPeer();
  readonly #scripted: ScriptedBot;
  readonly #loop: NodeJS.Timeout;
  #started = 0;
  state: Bot['state'] = 'new';

  constructor(script: BotScript, number: number, client: ClientSettings, measured: Measurements, events: BotEvents) {
    this.#client = client;
    this.#measured = measured;
    this.#events = events;
    const multiplayer = this.#multiplayer;
    multiplayer.connectedToServer.connect(() => {
      this.state = 'open';
      measured.connecting.add(performance.now() - this.#started);
      events.opened(this);
    });
    multiplayer.connectionFailed.connect((failure) => this.#end(failure?.code ?? 'closed'));
    multiplayer.serverDisconnected.connect((failure) => this.#end(failure?.code ?? 'closed by the server'));
    const record = (since: number): void => {
      measured.received++;
      measured.latency.add(performance.now() - since);
    };
    this.#scripted = script({ multiplayer, number, record });
    if (typeof this.#scripted?.tick !== 'function') {
      throw new CommandError(ExitCode.IO, 'The function of the script returns an object with a function tick.', '');
    }
    this.#loop = setInterval(() => this.poll(), POLL_INTERVAL);
  }

  connect(): void {
    this.#started = performance.now();
    this.state = 'connecting';
    const result = this.#peer.createClientFrom(startPeer(this.#client));
    if (result !== ErrorCode.OK) throw new Error(`createClientFrom: ${ErrorCode[result]}`); // it is a new one
    this.#multiplayer.multiplayerPeer = this.#peer;
  }

  send(due: number): boolean {
    try {
      this.#scripted.tick(due);
      this.#measured.sent++;
    } catch (error) {
      this.#end(scriptError(error));
    }
    return true;
  }

  isWaiting(): boolean {
    return false;
  }

  poll(): void {
    try {
      this.#multiplayer.poll();
    } catch (error) {
      this.#end(scriptError(error)); // a handler threw
    }
  }

  leave(): void {
    if (this.state === 'connecting') this.#measured.count(this.#measured.failed, LATE);
    const statistics = this.#peer.getPeer(1)?.getStatistics();
    this.#measured.sentBytes += statistics?.bytesSent ?? 0;
    this.#measured.receivedBytes += statistics?.bytesReceived ?? 0;
    this.state = 'closed';
    clearInterval(this.#loop);
    this.#peer.close();
  }

  #end(code: string): void {
    if (this.state === 'closed') return;
    const { closed, failed } = this.#measured;
    this.#measured.count(this.state === 'open' ? closed : failed, code);
    this.state = 'closed';
    clearInterval(this.#loop);
    this.#peer.close();
    this.#events.closed(this);
  }
}

function scriptError(error: unknown): string {
  const { cause = error } = error instanceof Error ? error : {};
  return `the script threw: ${cause instanceof Error ? cause.message : String(cause)}`;
}

/** Milliseconds. It is short, since what has come is seen only then. */
const POLL_INTERVAL = 2;
