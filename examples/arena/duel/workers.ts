import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { LaneNote, LaneOrder, StormNote, StormOrder, Tally } from './orders.js';
import { MODES, type Mode, type Storm } from './wire.js';

/** Milliseconds that workers have to end before they are terminated. */
const STOP_TIME = 2000;

/** The threads of the two lanes and of the bursts. */
export class DuelWorkers {
  readonly #scripts: URL;
  readonly #onFailure: () => void;
  readonly #workers: Worker[] = [];
  readonly #tally: Tally = new Int32Array(new SharedArrayBuffer(MODES.length * Int32Array.BYTES_PER_ELEMENT));
  readonly #lanes = new Map<Mode, Worker>();
  readonly #ports: Promise<ReadonlyMap<Mode, number> | null>;
  #stormWorker: Worker | null = null;
  #storm: Storm = { isOn: true, burst: 0, period: 0 };
  #isStopping = false;

  /** `onFailure` is called when a worker ends with an error. */
  constructor(scripts: URL, onFailure: () => void) {
    this.#scripts = scripts;
    this.#onFailure = onFailure;
    this.#ports = this.#start();
  }

  /** The port of a lane, as soon as it listens; null when the workers could not start. */
  async portOf(mode: Mode): Promise<number | null> {
    return (await this.#ports)?.get(mode) ?? null;
  }

  /** Resolves when all have ended. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const ends = this.#workers.map((worker) => (worker.threadId === -1 ? null : once(worker, 'exit')));
    const order: LaneOrder & StormOrder = { type: 'stop' };
    for (const worker of this.#workers) worker.postMessage(order);
    const timer = setTimeout(() => {
      for (const worker of this.#workers) void worker.terminate();
    }, STOP_TIME);
    await Promise.allSettled(ends);
    clearTimeout(timer);
  }

  async #start(): Promise<ReadonlyMap<Mode, number> | null> {
    const lanes = MODES.map((mode) => this.#startLane(mode));
    const started = await Promise.all(lanes);
    if (this.#isStopping || started.includes(null)) return null;
    const ports = new Map(started.filter((lane) => lane !== null));
    this.#startStorm([...ports.values()]);
    return ports;
  }

  async #startLane(mode: Mode): Promise<[Mode, number] | null> {
    const worker = this.#worker('lane-worker.js', { mode, tally: this.#tally });
    this.#lanes.set(mode, worker);
    return new Promise((resolve) => {
      worker.on('message', (note: LaneNote) => {
        if (note.type === 'listening') resolve([mode, note.port]);
        else this.#change({ isOn: note.wish.storm });
      });
      worker.once('exit', () => resolve(null));
    });
  }

  #startStorm(ports: readonly number[]): void {
    this.#stormWorker = this.#worker('storm-worker.js', { ports, tally: this.#tally });
    this.#stormWorker.on('message', (note: StormNote) => this.#change(note));
  }

  #change(change: Partial<Storm>): void {
    this.#storm = { ...this.#storm, ...change };
    const order: LaneOrder = { type: 'storm', storm: this.#storm };
    for (const lane of this.#lanes.values()) lane.postMessage(order);
    const { isOn } = this.#storm;
    this.#stormWorker?.postMessage({ type: 'storm', isOn } satisfies StormOrder);
  }

  #worker(name: string, workerData: unknown): Worker {
    const worker = new Worker(new URL(name, this.#scripts), { workerData });
    worker.on('error', (error) => {
      console.error(`${name} has ended: ${error instanceof Error ? error.stack : error}`);
      if (!this.#isStopping) this.#onFailure();
    });
    this.#workers.push(worker);
    return worker;
  }
}
