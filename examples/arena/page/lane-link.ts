import { ErrorCode, WebSocketPeer } from 'tickpeer';
import { LANE_PATHS, type Mode, readLaneMessage, type Tick, type Wish, type Word, writeSteer } from '../duel/wire.js';
import type { Vector } from '../wire.js';
import { EchoWindow, TickWindow } from './steadiness.js';

/** The most inputs that the lane has not echoed. With more, a new one would be outdated when it is applied. */
const MOST_IN_FLIGHT = 16;

/** The page's connection to a lane, and what it has received. The page polls it, in both lanes. */
export class LaneLink {
  readonly socket = new WebSocketPeer({ inboundBufferSize: 4 * 1024 * 1024 });
  readonly ticks = new TickWindow();
  readonly echoes = new EchoWindow();
  /** The viewer's id and the state of the bursts; null before the lane has sent them. */
  word: Word | null = null;
  /** When the last tick arrived, by this page's clock. */
  lastHeard = 0;
  #inFlight = 0;
  readonly #path: string;
  readonly #onTick: (tick: Tick, now: number) => void;

  constructor(mode: Mode, onTick: (tick: Tick, now: number) => void) {
    this.#path = LANE_PATHS[mode];
    this.#onTick = onTick;
  }

  get isOpen(): boolean {
    return this.socket.getReadyState() === WebSocketPeer.STATE_OPEN;
  }

  connect(): void {
    this.socket.close(-1); // drops an earlier connection
    this.ticks.clear();
    this.echoes.clear();
    this.word = null;
    this.#inFlight = 0;
    this.lastHeard = performance.now();
    const url = new URL(this.#path, location.href.replace(/^http/, 'ws')).href;
    if (this.socket.connectToUrl(url) !== ErrorCode.OK) console.error(this.socket.getLastFailure()?.message);
  }

  close(): void {
    this.socket.close(1000, 'the view is hidden');
  }

  poll(now: number): void {
    this.socket.poll();
    for (const packet of this.socket.packets()) {
      if (typeof packet === 'string') {
        this.word = JSON.parse(packet);
        continue;
      }
      const message = readLaneMessage(packet);
      if (message.type === 'echo') {
        this.#inFlight--;
        this.echoes.add(now, now - message.time);
      } else {
        this.lastHeard = now;
        this.ticks.add(message);
        this.#onTick(message, now);
      }
    }
  }

  steer(now: number, direction: Vector): void {
    if (!this.isOpen || this.#inFlight >= MOST_IN_FLIGHT) return;
    if (this.socket.send(writeSteer(now, direction)) === ErrorCode.OK) this.#inFlight++;
  }

  /** Whether the request could be sent. */
  ask(wish: Wish): boolean {
    return this.isOpen && this.socket.sendText(JSON.stringify(wish)) === ErrorCode.OK;
  }
}
