import { ErrorCode } from '../../error-code.ts';

/** A peer that is connected and not admitted yet. */
interface Pending {
  /** When its authentication times out; `Infinity` for never. */
  readonly deadline: number;
  hasCompletedHere: boolean;
  hasCompletedThere: boolean;
}

/** The peers that are being authenticated (docs/engine/multiplayer-wire.md#authentication). */
export class Authentication {
  readonly #pending = new Map<number, Pending>();

  get ids(): number[] {
    return [...this.#pending.keys()];
  }

  get size(): number {
    return this.#pending.size;
  }

  has(id: number): boolean {
    return this.#pending.size > 0 && this.#pending.has(id);
  }

  begin(id: number, deadline: number): void {
    this.#pending.set(id, { deadline, hasCompletedHere: false, hasCompletedThere: false });
  }

  /** Returns whether it was pending. */
  end(id: number): boolean {
    return this.#pending.delete(id);
  }

  clear(): void {
    this.#pending.clear();
  }

  /**
   * Returns whether data can be sent: `ERR_INVALID_PARAMETER` when not pending, `ERR_FILE_CANT_WRITE` once a side has
   * completed.
   */
  checkSend(id: number): ErrorCode {
    const pending = this.#pending.get(id);
    if (pending === undefined) return ErrorCode.ERR_INVALID_PARAMETER;
    return pending.hasCompletedHere || pending.hasCompletedThere ? ErrorCode.ERR_FILE_CANT_WRITE : ErrorCode.OK;
  }

  /** Completes this side: `ERR_INVALID_PARAMETER` when not pending, `ERR_FILE_CANT_WRITE` when it was complete before. */
  completeHere(id: number): ErrorCode {
    const pending = this.#pending.get(id);
    if (pending === undefined) return ErrorCode.ERR_INVALID_PARAMETER;
    if (pending.hasCompletedHere) return ErrorCode.ERR_FILE_CANT_WRITE;
    pending.hasCompletedHere = true;
    return ErrorCode.OK;
  }

  /** Undoes `completeHere` when its packet could not be sent. */
  reopenHere(id: number): void {
    const pending = this.#pending.get(id);
    if (pending !== undefined) pending.hasCompletedHere = false;
  }

  completeThere(id: number): void {
    const pending = this.#pending.get(id);
    if (pending !== undefined) pending.hasCompletedThere = true;
  }

  hasCompletedHere(id: number): boolean {
    return this.#pending.get(id)?.hasCompletedHere === true;
  }

  hasCompletedThere(id: number): boolean {
    return this.#pending.get(id)?.hasCompletedThere === true;
  }

  isComplete(id: number): boolean {
    const pending = this.#pending.get(id);
    return pending?.hasCompletedHere === true && pending.hasCompletedThere;
  }

  /** The peers whose authentication has timed out at `now`. */
  overdue(now: number): number[] {
    const ids: number[] = [];
    for (const [id, { deadline }] of this.#pending) if (now >= deadline) ids.push(id);
    return ids;
  }
}
