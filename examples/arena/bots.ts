import { ErrorCode, type State, WebSocketPeer } from 'tickpeer';
import type { News } from './controls.js';
import { FIELD, isBot, readServerMessage, type Snapshot, type Vector, writeInput } from './wire.js';

/** The most bots that connect or disconnect in a tick, and the most that may be connecting. */
const MAX_CHANGES_PER_TICK = 16;
const MAX_CONNECTING = 256;
/** Milliseconds to wait after a connection failed: the system may have no sockets left. */
const PAUSE_AFTER_FAILURE = 1000;

/** Bots avoid people who come closer than this. */
const SHYNESS = 190;

/** The bots: ordinary clients, which connect to the server over TCP. */
export class Bots {
  readonly #url: () => string;
  readonly #bots: Bot[] = [];
  /** The bots whose peers have something to do, so that not thousands are polled in each tick. */
  readonly #awake = new Set<Bot>();
  readonly #connecting = new Set<Bot>();
  #pausedUntil = 0;

  constructor(url: () => string) {
    this.#url = url;
  }

  /** One tick: polls the bots that have something to do, and moves their number towards `wanted`. */
  tick(wanted: number): void {
    const awake = [...this.#awake];
    this.#awake.clear();
    for (const bot of awake) this.#poll(bot);
    for (let changes = 0; changes < MAX_CHANGES_PER_TICK; changes++) {
      if (this.#bots.length > wanted) this.#dismiss();
      else if (this.#bots.length < wanted && this.#mayConnect) this.#invite();
    }
  }

  get #mayConnect(): boolean {
    return this.#connecting.size < MAX_CONNECTING && performance.now() >= this.#pausedUntil;
  }

  #invite(): void {
    const bot = new Bot(this.#url(), () => this.#awake.add(bot));
    this.#bots.push(bot);
    this.#connecting.add(bot);
  }

  #dismiss(): void {
    const bot = this.#bots.pop();
    if (bot === undefined) return;
    this.#connecting.delete(bot);
    bot.leave();
  }

  #poll(bot: Bot): void {
    const state = bot.poll();
    if (state === WebSocketPeer.STATE_CONNECTING) return;
    const wasConnecting = this.#connecting.delete(bot);
    if (state !== WebSocketPeer.STATE_CLOSED) return;
    const index = this.#bots.indexOf(bot);
    if (index >= 0) this.#bots.splice(index, 1);
    if (wasConnecting) this.#pausedUntil = performance.now() + PAUSE_AFTER_FAILURE;
  }
}

/** Walks about, and avoids people. */
class Bot {
  readonly #socket = new WebSocketPeer();
  #id = -1;
  #goal: Vector = randomPlace();

  constructor(url: string, onWake: () => void) {
    this.#socket.onWake = onWake;
    if (this.#socket.connectToUrl(url) !== ErrorCode.OK) throw new Error(this.#socket.getLastFailure()?.message);
  }

  poll(): State {
    this.#socket.poll();
    for (const packet of this.#socket.packets()) {
      if (typeof packet === 'string') this.#hear(JSON.parse(packet));
      else this.#look(packet);
    }
    return this.#socket.getReadyState();
  }

  leave(): void {
    this.#socket.close(1000, 'no longer needed');
  }

  #hear(news: News): void {
    if (news.type === 'welcome') this.#id = news.id;
  }

  #look(packet: Uint8Array): void {
    const message = readServerMessage(packet);
    if (message.type !== 'snapshot') return;
    const direction = this.#decide(message);
    // If it is refused, the next snapshot's input replaces it.
    if (direction !== null) this.#socket.send(writeInput(direction));
  }

  /** The next direction; null if the bot is not in the snapshot. */
  #decide(snapshot: Snapshot): Vector | null {
    let me = -1;
    for (let index = 0; index < snapshot.count && me < 0; index++) if (snapshot.id(index) === this.#id) me = index;
    if (me < 0) return null;
    const x = snapshot.x(me);
    const y = snapshot.y(me);
    for (let index = 0; index < snapshot.count; index++) {
      if (isBot(snapshot.id(index))) continue;
      const away = { x: x - snapshot.x(index), y: y - snapshot.y(index) };
      if (Math.hypot(away.x, away.y) < SHYNESS) return scaleTo(1, away);
    }
    const way = { x: this.#goal.x - x, y: this.#goal.y - y };
    if (Math.hypot(way.x, way.y) < 40) this.#goal = randomPlace();
    return scaleTo(0.4, way);
  }
}

function scaleTo(length: number, { x, y }: Vector): Vector {
  const factor = length / Math.max(1, Math.hypot(x, y));
  return { x: x * factor, y: y * factor };
}

function randomPlace(): Vector {
  return { x: FIELD.width * Math.random(), y: FIELD.height * Math.random() };
}
