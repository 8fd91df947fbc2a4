import { onTestFinished } from 'vitest';
import { ErrorCode } from '../../src/error-code.ts';
import { rpc, SceneMultiplayer, WebSocketMultiplayerPeer } from '../../src/multiplayer/index.ts';
import { int, string } from '../../src/variant/index.ts';
import { machineTime } from './commands.ts';
import { waitUntil } from './wait-until.ts';

/** Milliseconds between two values that a player sends. */
const INTERVAL = 100;
/** Milliseconds until it tries again, after it could not connect. */
const PAUSE = 100;

/** How a connection of a player has ended. */
export interface End {
  readonly code: number;
  readonly reason: string;
  readonly time: number;
}

/**
 * A client that stays in one room, and connects again whenever its connection has ended. It sends growing values, which the room keeps under its name.
 */
export class Player {
  readonly name: string;
  readonly ends: End[] = [];
  /** Its ids, and the process that has answered under each. */
  readonly sessions: { readonly id: number; readonly by: string }[] = [];
  /** What must not have happened. */
  readonly faults: string[] = [];
  /** The process that has answered last, and when. */
  answeredBy = '';
  answeredAt = 0;
  /** The last value of which the room has said that it has it. */
  confirmed = 0;
  /** The value that the room had when the present process answered first. */
  restored = 0;
  /** Whether the room may have lost what it has confirmed since its last save. */
  mayLose = false;
  readonly #multiplayer = new SceneMultiplayer();
  readonly #target: string;
  #peer: WebSocketMultiplayerPeer;
  readonly #game;
  #sent = 0;
  #nextSend = 0;
  #nextTry = Number.POSITIVE_INFINITY;
  #isConnected = false;

  constructor(port: number, room: string, name: string) {
    this.name = name;
    this.#target = `ws://127.0.0.1:${port}/play?room=${room}&name=${name}`;
    this.#peer = this.#connect('');
    this.#game = this.#multiplayer.node('Game', {
      push: rpc.anyPeer([string, int]),
      token: rpc.authority([string], (_, token) => {
        this.#peer.returnToken = token;
      }),
      confirm: rpc.authority([int, int, string], (_, before, value, by) => this.#onConfirm(before, value, by)),
    });
    this.#multiplayer.connectedToServer.connect(() => {
      this.#isConnected = true;
    });
    this.#multiplayer.serverDisconnected.connect(() => this.#onEnd());
    // The peer connects again by itself only once it was connected.
    this.#multiplayer.connectionFailed.connect(() => {
      this.#onEnd();
      this.#nextTry = performance.now() + PAUSE;
    });
  }

  /** Whether it is in its room. */
  get isConnected(): boolean {
    return this.#isConnected;
  }

  poll(): void {
    this.#multiplayer.poll();
    const now = performance.now();
    if (now >= this.#nextTry) {
      this.#nextTry = Number.POSITIVE_INFINITY;
      this.#peer = this.#connect(this.#peer.returnToken);
    }
    if (!this.#isConnected || now < this.#nextSend) return;
    this.#nextSend = now + INTERVAL;
    this.#game.push.rpcId(1, this.name, ++this.#sent);
  }

  close(): void {
    this.#peer.close();
  }

  /** For messages of failures. */
  toString(): string {
    const { name, isConnected, confirmed, answeredBy, ends, faults } = this;
    const now = machineTime();
    const last = ends.slice(-3).map(({ code, reason, time }) => `${code} ${reason} ${Math.round(now - time)} ms ago`);
    return JSON.stringify({ name, isConnected, confirmed, answeredBy, ends: ends.length, last, faults });
  }

  #connect(token: string): WebSocketMultiplayerPeer {
    const peer = new WebSocketMultiplayerPeer({
      heartbeatInterval: 2,
      handshakeTimeout: 3,
      reconnect: { firstDelay: 0.05, longestDelay: 0.5 },
    });
    peer.returnToken = token;
    if (peer.createClient(this.#target) !== ErrorCode.OK) throw new Error(peer.getLastFailure()?.message);
    this.#multiplayer.multiplayerPeer = peer;
    return peer;
  }

  #onEnd(): void {
    this.#isConnected = false;
    const socket = this.#peer.getPeer(1);
    this.ends.push({
      code: socket?.getCloseCode() ?? -1,
      reason: socket?.getCloseReason() ?? '',
      time: machineTime(),
    });
  }

  /** `before`: the value that the room had. */
  #onConfirm(before: number, value: number, by: string): void {
    if (before < this.confirmed && !this.mayLose) {
      this.faults.push(
        `${by} has ${before} of ${this.name}, after ${this.confirmed} was confirmed by ${this.answeredBy}`,
      );
    }
    const id = this.#multiplayer.getUniqueId();
    const last = this.sessions.at(-1);
    if (last?.id !== id || last.by !== by) this.sessions.push({ id, by });
    if (by !== this.answeredBy) {
      this.restored = before;
      this.mayLose = false;
    }
    this.confirmed = value;
    this.answeredBy = by;
    this.answeredAt = machineTime();
  }
}

/** Waits until `condition` holds for all players. Throws after `timeLimit` milliseconds, with the state of those for which it does not. */
export async function untilAll(
  players: readonly Player[],
  timeLimit: number,
  condition: (player: Player) => boolean,
): Promise<void> {
  try {
    await waitUntil(() => players.every(condition), timeLimit);
  } catch {
    const late = players.filter((player) => !condition(player)).map(String);
    throw new Error(`after ${timeLimit} ms, ${late.length} players: ${condition}\n${late.slice(0, 10).join('\n')}`);
  }
}

/** Polls players until the test ends, and closes them then. */
export function drivePlayers(players: readonly Player[]): void {
  const timer = setInterval(() => {
    for (const player of players) player.poll();
  }, 20);
  onTestFinished(() => {
    clearInterval(timer);
    for (const player of players) player.close();
  });
}
