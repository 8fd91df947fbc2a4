import { ErrorCode, WebSocketPeer } from 'tickpeer';
import { Ticker } from '../ticker.js';
import { DOTS, placeOf } from './choreography.js';
import { DOT_PATH } from './lane.js';
import { writeGoal } from './wire.js';

const TICK_RATE = 60;
/** Milliseconds between two inputs of a dot without bursts. */
const CALM_INTERVAL = 50;
/** Milliseconds from burst to burst. */
export const PERIOD = 650;

/** Milliseconds after which a burst is sent although not every dot is connected, or a lane has not handled the last one. */
const MOST_PATIENCE = 3000;

/**
 * The traffic of both lanes: each dot is a client of each lane, and sends the same to both in the same turn:
 * 20 inputs a second and, with bursts on, a burst every `PERIOD` milliseconds, later if a lane has not
 * handled most of the last one, so that both lanes can handle the load.
 */
export class StormClients {
  readonly #burst: number;
  readonly #handled: () => number;
  readonly #clients: readonly Client[];
  readonly #ticker = new Ticker(TICK_RATE, () => this.#tick());
  readonly #start = performance.now();
  #nextCalm = 0;
  #nextBurst = 0;
  #isReady = false;
  /** The next burst waits until this many inputs are handled. */
  #target = 0;
  isOn = false;

  /** `burst`: inputs of one burst, of all dots together; `handled`: inputs that the slower lane has handled. */
  constructor(ports: readonly number[], burst: number, handled: () => number) {
    this.#burst = burst;
    this.#handled = handled;
    this.#clients = Array.from({ length: DOTS }, (_, number) => ({
      number,
      links: ports.map((port) => ({
        url: `ws://127.0.0.1:${port}${DOT_PATH}?${number}`,
        peer: new WebSocketPeer({ outboundBufferSize: 4 * 1024 * 1024, maxQueuedPackets: 65_536 }),
      })),
    }));
  }

  start(): void {
    this.#ticker.start();
  }

  stop(): void {
    this.#ticker.stop();
    for (const { peer } of this.#links) peer.close(-1);
  }

  get #links(): readonly Link[] {
    return this.#clients.flatMap(({ links }) => links);
  }

  #tick(): void {
    const now = performance.now() - this.#start;
    const isCalmDue = now >= this.#nextCalm;
    const isBurstDue = this.#isBurstDue(now);
    if (isCalmDue) this.#nextCalm = now + CALM_INTERVAL;
    const count = (isBurstDue ? this.#burst / DOTS : 0) + (isCalmDue ? 1 : 0);
    if (isBurstDue) {
      this.#nextBurst = now + PERIOD;
      this.#target = this.#handled() + this.#burst / 2;
    }
    for (const { number, links } of this.#clients) {
      const input = writeGoal(placeOf(number, now / 1000));
      for (const link of links) this.#send(link, input, count);
    }
    const isOpen = ({ peer }: Link): boolean => peer.getReadyState() === WebSocketPeer.STATE_OPEN;
    this.#isReady ||= now > MOST_PATIENCE || this.#links.every(isOpen);
  }

  #isBurstDue(now: number): boolean {
    if (!this.isOn || !this.#isReady || now < this.#nextBurst) return false;
    return this.#handled() >= this.#target || now >= this.#nextBurst + MOST_PATIENCE;
  }

  #send({ url, peer }: Link, input: Uint8Array, count: number): void {
    peer.poll();
    const state = peer.getReadyState();
    if (state === WebSocketPeer.STATE_CLOSED && count > 0 && peer.connectToUrl(url) !== ErrorCode.OK) {
      throw new Error(`cannot connect to ${url}: ${peer.getLastFailure()?.message}`);
    }
    if (state !== WebSocketPeer.STATE_OPEN) return;
    // A send is refused when its lane is far behind, which has enough to handle then.
    for (let sent = 0; sent < count; sent++) peer.send(input);
  }
}

/** A dot, and its connections to the lanes. */
interface Client {
  readonly number: number;
  readonly links: readonly Link[];
}

interface Link {
  readonly url: string;
  readonly peer: WebSocketPeer;
}
