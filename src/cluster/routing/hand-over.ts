import cluster from 'node:cluster';
import { Socket } from 'node:net';
import type { Clock } from '../../clock.ts';
import { type HandOverMessage, readHandOver } from './hand-over-message.ts';

/** Takes a socket that begins with `bytes`; returns whether it does. */
export type TakeSocket = (socket: Socket, bytes: Uint8Array) => boolean;

/**
 * `taken`: the other worker has the socket. `refused`: it does not, and the socket is still this process's. `lost`: nothing was heard in
 * time, so the other worker may have it.
 */
export type HandOverOutcome = 'taken' | 'refused' | 'lost';

/** That of this process, which listens from its start on: a socket may come late. */
let shared: HandOver | null = null;

/**
 * In a worker of `node:cluster`: gives sockets to the other workers, and takes theirs. Works when the primary process has called
 * `handOverBetweenWorkers`.
 */
export class HandOver {
  /** Null after `close`. */
  #take: TakeSocket | null = null;
  readonly #pending = new Map<number, (isTaken: boolean) => void>();
  #count = 0;
  #isReady = false;

  private constructor() {
    process.on('message', this.#onMessage);
  }

  /** Null in a process that is no worker, or has one at work. */
  static start(take: TakeSocket): HandOver | null {
    if (!cluster.isWorker || (shared !== null && shared.#take !== null)) return null;
    shared ??= new HandOver();
    shared.#take = take;
    shared.#tell({ tickpeer: 'hand-over', step: 'hello' });
    return shared;
  }

  /** Whether the primary process passes sockets on. */
  get isReady(): boolean {
    return this.#isReady && this.#take !== null && process.connected;
  }

  /** Gives a socket to a worker. It must not be read meanwhile; unless `refused`, the caller destroys its own side. */
  give(worker: number, socket: Socket, bytes: Buffer, clock: Clock, milliseconds: number): Promise<HandOverOutcome> {
    return new Promise((resolve) => {
      const id = ++this.#count;
      const settle = (outcome: HandOverOutcome): void => {
        this.#pending.delete(id);
        clock.clearTimeout(timer);
        resolve(outcome);
      };
      const timer = clock.setTimeout(() => settle('lost'), milliseconds);
      this.#pending.set(id, (isTaken) => settle(isTaken ? 'taken' : 'refused'));
      const message: HandOverMessage = {
        tickpeer: 'hand-over',
        step: 'give',
        id,
        worker,
        bytes: bytes.toString('base64'),
      };
      // This process keeps the socket, too, for the case that it is refused.
      process.send?.(message, socket, { keepOpen: true }, (error) => {
        if (error !== null) settle('refused');
      });
    });
  }

  /** Takes and gives no more sockets. */
  close(): void {
    this.#take = null;
    this.#tell({ tickpeer: 'hand-over', step: 'bye' });
  }

  readonly #onMessage = (value: unknown, socket: unknown): void => {
    const message = readHandOver(value);
    if (message?.step === 'who' && this.#take !== null) this.#tell({ tickpeer: 'hand-over', step: 'hello' });
    else if (message?.step === 'ready') this.#isReady = true;
    else if (message?.step === 'result') this.#pending.get(message.id)?.(message.isTaken);
    else if (message?.step === 'take') {
      const { id, worker, bytes } = message;
      const isTaken = socket instanceof Socket && this.#takeSocket(socket, Buffer.from(bytes, 'base64'));
      this.#tell({ tickpeer: 'hand-over', step: 'result', id, worker, isTaken });
    }
  };

  /** A socket that is not taken stays open in the process that gave it. */
  #takeSocket(socket: Socket, bytes: Uint8Array): boolean {
    const isTaken = this.#take?.(socket, bytes) === true;
    if (!isTaken) socket.on('error', ignore).destroy();
    return isTaken;
  }

  #tell(message: HandOverMessage): void {
    // The primary process may end meanwhile.
    if (process.connected) process.send?.(message, undefined, undefined, ignore);
  }
}

function ignore(): void {}
