import { ErrorCode, type StopResult, WebSocketPeer, WebSocketServer } from 'tickpeer';
import { Ticker } from '../ticker.js';
import { FIELD, FIRST_BOT_ID } from '../wire.js';
import { DOTS, placeOf } from './choreography.js';
import { type Dot, Scene } from './scene.js';
import {
  LANE_PATHS,
  type Mode,
  parseWish,
  readLaneInput,
  type Storm,
  TICK_RATE,
  type Wish,
  type Word,
  writeEcho,
  writeTick,
} from './wire.js';

/** Milliseconds of each tick that the polled lane spends on input at most; what is left waits for the next tick. */
export const INPUT_BUDGET = 6;
/** Seconds that all peers have to close when the lane stops. */
const STOP_TIME = 1;
/** A viewer with more waiting bytes gets no ticks until it has read them. */
const MOST_BUFFERED = 128 * 1024;
const MAX_VIEWERS = 32;

/** The path of the dots' connections; the query is the dot's number. */
export const DOT_PATH = '/dot';

interface Member {
  readonly peer: WebSocketPeer;
  readonly dot: Dot;
  readonly isViewer: boolean;
}

/**
 * One of the two servers. Both have the same peers, limits, scene and ticker. They differ only in when an
 * input is handled. The polled lane does it at the top of its tick, as long as `INPUT_BUDGET` lasts. The lane driven by events does it in the
 * callback of its arrival, all of it.
 */
export class Lane {
  readonly #mode: Mode;
  readonly #onWish: (wish: Wish) => void;
  readonly #onHandled: () => void;
  readonly #server = new WebSocketServer({
    maxConnections: DOTS + MAX_VIEWERS,
    outboundBufferSize: 1024 * 1024,
    heartbeatInterval: 10,
    pongTimeLimit: 20,
  });
  readonly #scene = new Scene();
  readonly #members = new Map<WebSocketPeer, Member>();
  readonly #ticker: Ticker;
  #storm: Storm = { isOn: false, burst: 0, period: 0 };
  #lastTick = performance.now();
  #inputTime = 0;
  #handled = 0;
  #nextId = 1;
  #onStopped: ((result: StopResult) => void) | null = null;

  /** `onWish` is called with a viewer's request; `onHandled` is called for each handled input. */
  constructor(mode: Mode, onWish: (wish: Wish) => void, onHandled: () => void = () => {}) {
    this.#mode = mode;
    this.#onWish = onWish;
    this.#onHandled = onHandled;
    this.#ticker = new Ticker(TICK_RATE, (seconds) => this.#tick(seconds));
    if (mode === 'events') this.#server.onWake = () => this.#onArrival();
  }

  /** Listens on a free port of 127.0.0.1 and returns it. Throws when that fails. */
  start(): number {
    const result = this.#server.listen(0, '127.0.0.1');
    if (result !== ErrorCode.OK) throw new Error(this.#server.getLastFailure()?.message ?? ErrorCode[result]);
    this.#lastTick = performance.now();
    this.#ticker.start();
    return this.#server.getLocalPort();
  }

  /** Sends the state of the bursts to every viewer. */
  set storm(storm: Storm) {
    this.#storm = storm;
    for (const member of this.#members.values()) if (member.isViewer) this.#greet(member);
  }

  /** Dots and viewers that are connected. */
  get memberCount(): number {
    return this.#members.size;
  }

  /** Closes every connection with 1001; resolves when all are closed, after a second at the latest. */
  stop(): Promise<StopResult> {
    return new Promise((resolve) => {
      this.#onStopped = resolve;
      this.#server.stop({ timeLimit: STOP_TIME, reason: 'the arena closes' });
    });
  }

  // ---------------------------------------------------------------- input: the difference between the lanes

  /** The polled lane: called at the top of each tick. One message of each peer in turn, so that none waits for another's burst. */
  #readInput(): void {
    const start = performance.now();
    const end = start + INPUT_BUDGET;
    this.#server.poll();
    this.#admit();
    let waiting = this.#server.readyPeers();
    do {
      for (const peer of waiting) {
        if (peer.getAvailablePacketCount() > 0) this.#handle(peer, peer.getPacket(), peer.wasStringPacket());
      }
      waiting = waiting.filter((peer) => peer.getAvailablePacketCount() > 0);
    } while (waiting.length > 0 && performance.now() < end);
    for (const peer of this.#server.readyPeers()) this.#letGo(peer);
    this.#inputTime += performance.now() - start;
  }

  /** The lane driven by events: called from the event loop when something arrives. */
  #onArrival(): void {
    const start = performance.now();
    this.#server.poll();
    this.#admit();
    for (const peer of this.#server.readyPeers()) {
      while (peer.getAvailablePacketCount() > 0) this.#handle(peer, peer.getPacket(), peer.wasStringPacket());
      this.#letGo(peer);
    }
    this.#inputTime += performance.now() - start;
  }

  // ---------------------------------------------------------------- the same in both

  #tick(seconds: number): void {
    const start = performance.now();
    if (this.#mode === 'polled') this.#readInput();
    this.#scene.step(seconds);
    const times = { time: start, interval: start - this.#lastTick, input: this.#inputTime, handled: this.#handled };
    this.#server.broadcast(this.#readers(), writeTick(times, this.#scene.places));
    this.#lastTick = start;
    this.#handled = this.#inputTime = 0;
    if (this.#onStopped !== null) this.#finish(this.#onStopped);
  }

  #finish(tell: (result: StopResult) => void): void {
    if (this.#mode === 'events') this.#onArrival(); // time limits are only checked in polls
    const result = this.#server.getStopResult();
    if (result === null) return;
    this.#ticker.stop();
    tell(result);
  }

  #readers(): WebSocketPeer[] {
    const readers: WebSocketPeer[] = [];
    for (const { peer, isViewer } of this.#members.values()) {
      if (isViewer && peer.getCurrentOutboundBufferedAmount() <= MOST_BUFFERED) readers.push(peer);
    }
    return readers;
  }

  #admit(): void {
    for (let peer = this.#server.takePeer(); peer !== null; peer = this.#server.takePeer()) {
      const request = peer.getHandshakeRequest();
      const isViewer = request?.path === LANE_PATHS[this.#mode];
      const number = Number(request?.query);
      if (!isViewer && (request?.path !== DOT_PATH || !(number >= 0 && number < DOTS))) {
        peer.close(1008, 'not a path of the lane');
        continue;
      }
      const middle = { x: FIELD.width / 2, y: FIELD.height / 2 };
      const dot = isViewer
        ? this.#scene.add(this.#nextId++, middle)
        : this.#scene.add(FIRST_BOT_ID + number, placeOf(number, 0));
      const member: Member = { peer, dot, isViewer };
      this.#members.set(peer, member);
      if (isViewer) this.#greet(member);
    }
  }

  #greet({ peer, dot }: Member): void {
    const word: Word = { id: dot.id, storm: this.#storm };
    peer.sendText(JSON.stringify(word)); // its first message: the buffer is empty
  }

  /** Handles one message: the work of the game. */
  #handle(peer: WebSocketPeer, packet: Uint8Array, isText: boolean): void {
    const member = this.#members.get(peer);
    if (member === undefined) return;
    if (isText) {
      const wish = parseWish(new TextDecoder().decode(packet));
      if (wish === null) peer.close(1008, 'not a message of a lane');
      else this.#onWish(wish);
      return;
    }
    const input = readLaneInput(packet);
    if (input === null) {
      if (peer.getReadyState() === WebSocketPeer.STATE_OPEN) peer.close(1008, 'not a message of a lane');
      return;
    }
    this.#handled++;
    this.#onHandled();
    if (input.type === 'goal') {
      this.#scene.apply(member.dot, input.goal);
    } else {
      this.#scene.steer(member.dot, input.direction);
      peer.send(writeEcho(input.time)); // if the buffer is full, the next input measures
    }
  }

  #letGo(peer: WebSocketPeer): void {
    if (peer.getReadyState() !== WebSocketPeer.STATE_CLOSED || peer.getAvailablePacketCount() > 0) return;
    const member = this.#members.get(peer);
    this.#members.delete(peer);
    if (member !== undefined) this.#scene.remove(member.dot);
  }
}
