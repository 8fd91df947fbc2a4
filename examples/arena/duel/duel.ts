import type { IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { upgradedBytes } from '../upgrade.js';
import { LANE_PATHS, MODES, type Mode } from './wire.js';
import { DuelWorkers } from './workers.js';

/** Viewers at once, in both lanes together. */
const MAX_VIEWERS = 32;
/** Milliseconds that the lanes continue after the last viewer has left, so that a reloaded page finds them unchanged. */
const LINGER = 3000;

/**
 * The same scene in two servers: one is polled, one is driven by events. They run in separate threads while a page shows them, on
 * their own ports. A viewer connects to the arena's port, and its bytes are forwarded.
 */
export class Duel {
  readonly #scripts: URL;
  readonly #viewers = new Set<Socket>();
  #workers: DuelWorkers | null = null;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  /** `scripts`: the folder with lane-worker.js and storm-worker.js. */
  constructor(scripts: URL) {
    this.#scripts = scripts;
  }

  /** The lane that a request is for; null if it is for none. */
  static modeOf({ url = '' }: IncomingMessage): Mode | null {
    const path = url.split('?', 1)[0];
    return MODES.find((mode) => LANE_PATHS[mode] === path) ?? null;
  }

  /** Whether the lanes run. */
  get isRunning(): boolean {
    return this.#workers !== null;
  }

  /** Passes an upgraded socket on to a lane, and starts the lanes if need be. */
  accept(mode: Mode, request: IncomingMessage, socket: Socket, head: Uint8Array): void {
    socket.on('error', () => socket.destroy());
    if (this.#isStopped || this.#viewers.size >= MAX_VIEWERS) {
      socket.destroy();
      return;
    }
    clearTimeout(this.#timer);
    this.#viewers.add(socket);
    socket.once('close', () => this.#forget(socket));
    this.#workers ??= new DuelWorkers(this.#scripts, () => this.#onFailure());
    const bytes = upgradedBytes(request, head, LANE_PATHS[mode]);
    void this.#workers.portOf(mode).then((port) => {
      if (port === null || socket.destroyed) socket.destroy();
      else passOn(socket, port, bytes);
    });
  }

  /** Closes every viewer's connection with 1001; resolves when the lanes have ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#end();
    for (const socket of this.#viewers) socket.destroy();
  }

  #forget(socket: Socket): void {
    this.#viewers.delete(socket);
    if (this.#viewers.size === 0 && !this.#isStopped) this.#timer = setTimeout(() => void this.#end(), LINGER);
  }

  async #end(): Promise<void> {
    clearTimeout(this.#timer);
    const workers = this.#workers;
    this.#workers = null;
    await workers?.stop();
  }

  /** A worker has ended with an error. The viewers' connections end, and they may connect again. */
  #onFailure(): void {
    for (const socket of this.#viewers) socket.destroy();
    void this.#end();
  }
}

function passOn(viewer: Socket, port: number, bytes: Uint8Array): void {
  const lane = connect(port, '127.0.0.1');
  for (const socket of [viewer, lane]) socket.setNoDelay(true);
  lane.on('error', () => viewer.destroy());
  lane.once('close', () => viewer.destroySoon());
  viewer.once('close', () => lane.destroy());
  lane.write(bytes);
  viewer.pipe(lane);
  lane.pipe(viewer);
}
