import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { Duplex } from 'node:stream';
import type { StopResult, WebSocketServer } from 'tickpeer';
import { BotSeats } from './bot-seats.js';
import { Bots } from './bots.js';
import { BOT_PATH, DEFAULT_SETTINGS, type Settings } from './controls.js';
import { Duel } from './duel/duel.js';
import type { PageFiles } from './page-files.js';
import { People } from './people.js';
import { Ticker } from './ticker.js';
import { SnapshotWriter } from './wire.js';
import { World } from './world.js';

/** Seconds that all peers have to close when the arena stops. */
const STOP_TIME = 2;
/** Milliseconds between two status messages. */
const STATUS_INTERVAL = 500;

/**
 * The arena's server: one port for the page and the WebSockets, and one loop that polls, simulates and sends.
 *
 * `#tick` is one tick of the game. `#onUpgrade` accepts a connection.
 */
export class Arena {
  readonly #http: Server;
  readonly #world = new World();
  readonly #people = new People(this.#world, (change) => this.#change(change));
  readonly #seats = new BotSeats(this.#world);
  readonly #bots = new Bots(() => this.#botUrl);
  readonly #writer = new SnapshotWriter();
  readonly #duel: Duel;
  readonly #ticker: Ticker;
  #settings: Settings;
  #tickTime = 0;
  #botTime = 0;
  #nextStatus = 0;
  #utilization = performance.eventLoopUtilization();
  #stopping: ((results: readonly StopResult[]) => void) | null = null;
  #stopped: Promise<readonly StopResult[]> | null = null;

  constructor(files: PageFiles, settings: Partial<Settings> = {}) {
    this.#duel = new Duel(files.workers);
    this.#settings = { ...DEFAULT_SETTINGS, ...settings };
    this.#ticker = new Ticker(this.#settings.tickRate, (seconds) => this.#tick(seconds));
    this.#http = createServer((request, response) => files.answer(request, response));
    this.#http.on('upgrade', (request, socket, head) => this.#onUpgrade(request, socket, head));
  }

  /** Starts to listen and to tick. Port 0 is a free one. Resolves to the port, and rejects when it is not available. */
  async listen(port: number, host: string): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#http.once('error', reject);
      this.#http.listen(port, host, () => {
        this.#http.off('error', reject);
        resolve();
      });
    });
    this.#ticker.start();
    return this.#address.port;
  }

  /** The server with the most connections, for `attachInspector`. */
  get inspected(): WebSocketServer {
    return this.#seats.server;
  }

  get people(): number {
    return this.#people.count;
  }

  /** How many bots are in. */
  get bots(): number {
    return this.#seats.count;
  }

  /** Closes all connections with 1001. Resolves to the result when all are closed. */
  stop(): Promise<readonly StopResult[]> {
    if (this.#stopped !== null) return this.#stopped;
    const closed = new Promise<readonly StopResult[]>((resolve) => {
      this.#stopping = resolve;
    });
    this.#stopped = Promise.all([closed, this.#duel.stop()]).then(([results]) => results);
    this.#http.close();
    const options = { timeLimit: STOP_TIME, reason: 'the arena closes' };
    this.#people.stop(options);
    this.#seats.stop(options);
    return this.#stopped;
  }

  #tick(seconds: number): void {
    const start = performance.now();
    this.#people.poll();
    this.#seats.poll();
    this.#world.step(seconds);
    const times = { time: start, tickTime: this.#tickTime, botTime: this.#botTime };
    this.#people.show(this.#writer.write(times, [...this.#world.bots, ...this.#world.players], this.#settings.padding));
    this.#seats.show(times, this.#settings.tickRate);
    if (start >= this.#nextStatus) this.#tellStatus(start);
    const middle = performance.now();
    this.#tickTime = middle - start;

    // Without viewers there are no bots, which leaves the processor to the duel.
    this.#bots.tick(this.#stopping === null && this.people > 0 ? this.#settings.bots : 0);
    this.#botTime = performance.now() - middle;
    if (this.#stopping !== null) this.#finish(this.#stopping);
  }

  /** Ends the loop when all peers have disconnected. */
  #finish(tell: (results: readonly StopResult[]) => void): void {
    const { stopResults } = this.#people;
    const { stopResult } = this.#seats;
    if (stopResults.length === 0 || stopResult === null) return;
    this.#ticker.stop();
    tell([...stopResults, stopResult]);
  }

  #onUpgrade(request: IncomingMessage, socket: Duplex, head: Uint8Array): void {
    if (!(socket instanceof Socket)) return; // It always is a Socket; Node's types allow others.
    const lane = Duel.modeOf(request);
    if (lane !== null) this.#duel.accept(lane, request, socket, head);
    else if (request.url === BOT_PATH) this.#seats.accept(request, socket, head);
    else this.#people.accept(request, socket, head);
  }

  #change(change: Partial<Settings>): void {
    this.#settings = { ...this.#settings, ...change };
    this.#ticker.rate = this.#settings.tickRate;
    this.#nextStatus = 0;
  }

  #tellStatus(now: number): void {
    this.#nextStatus = now + STATUS_INTERVAL;
    const utilization = performance.eventLoopUtilization();
    const { utilization: load } = performance.eventLoopUtilization(utilization, this.#utilization);
    this.#utilization = utilization;
    this.#people.tell({ type: 'status', settings: this.#settings, bots: this.bots, people: this.people, load });
  }

  get #botUrl(): string {
    const { address, family, port } = this.#address;
    const isEverywhere = address === '0.0.0.0' || address === '::';
    const own = family === 'IPv6' ? `[${address}]` : address;
    return `ws://${isEverywhere ? '127.0.0.1' : own}:${port}${BOT_PATH}`;
  }

  get #address(): AddressInfo {
    const address = this.#http.address();
    if (address === null || typeof address === 'string') throw new Error('the arena does not listen');
    return address;
  }
}
