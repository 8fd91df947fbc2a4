import { isOpenToAll, type RoomRecord } from './room-record.ts';

/** The codes of rooms with a free place, that are listed and not locked: by kind, and by how many places are taken. So a client's room is found without a look at all others. */
export class OpenRooms {
  readonly #kinds = new Map<string, Map<number, Set<string>>>();

  /** The record of a code has changed. Null for none. */
  change(code: string, before: RoomRecord | null, after: RoomRecord | null): void {
    const wasIn = before !== null && isOpenToAll(before);
    const isIn = after !== null && isOpenToAll(after);
    if (wasIn && isIn && before.kind === after.kind && before.taken === after.taken) return;
    if (wasIn) this.#remove(code, before);
    if (isIn) this.#add(code, after);
  }

  /** The codes of a kind, the fullest rooms first. No record may change meanwhile. */
  *fullestFirst(kind: string): IterableIterator<string> {
    const levels = this.#kinds.get(kind);
    if (levels === undefined) return;
    for (const taken of [...levels.keys()].sort((one, other) => other - one)) yield* levels.get(taken) ?? [];
  }

  #add(code: string, { kind, taken }: RoomRecord): void {
    const levels = this.#kinds.get(kind) ?? new Map<number, Set<string>>();
    this.#kinds.set(kind, levels);
    levels.set(taken, (levels.get(taken) ?? new Set()).add(code));
  }

  #remove(code: string, { kind, taken }: RoomRecord): void {
    const levels = this.#kinds.get(kind);
    const codes = levels?.get(taken);
    codes?.delete(code);
    if (codes?.size === 0) levels?.delete(taken);
    if (levels?.size === 0) this.#kinds.delete(kind);
  }
}
