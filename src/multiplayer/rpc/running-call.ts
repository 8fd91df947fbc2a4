import type { AnyMethod } from './node-registry.ts';
import { RpcHandlerError } from './rpc-handler-error.ts';
import type { RpcEntry } from './rpc-table.ts';

/** Called when a handler has thrown. */
export type OnHandlerError = (from: number, path: string, method: string, error: unknown) => void;

/** Runs handlers, and stores the sender and the path of the running call. */
export class RunningCall {
  /** The peer whose packet is being handled; 0 for none. */
  senderId = 0;
  /** The path of the node that is being called; empty for none. */
  path = '';
  readonly #onHandlerError: OnHandlerError;

  constructor(onHandlerError: OnHandlerError) {
    this.#onHandlerError = onHandlerError;
  }

  /** Runs `run` with `senderId` set to `id`. */
  as(id: number, run: () => void): void {
    const { senderId } = this;
    this.senderId = id;
    try {
      run();
    } finally {
      this.senderId = senderId;
    }
  }

  /** Runs a method's handler, if it has one. Throws `RpcHandlerError` when the handler throws. */
  run(from: number, path: string, { name, method: { handler } }: RpcEntry<AnyMethod>, args: readonly unknown[]): void {
    if (handler === null) return;
    const before = this.senderId;
    const pathBefore = this.path;
    this.senderId = from;
    this.path = path;
    try {
      handler(from, ...args);
    } catch (error) {
      this.#onHandlerError(from, path, name, error);
      throw new RpcHandlerError(path, name, from, error);
    } finally {
      this.senderId = before;
      this.path = pathBefore;
    }
  }
}
