import type { RoomInside } from '../room/room-inside.ts';
import type { SavingFailure, SavingOptions, SavingStep } from './room-store.ts';
import { writeSavedRoom } from './saved-room.ts';

/** A write to the store: a text, or null to delete. */
type Write = string | null;

/** A write that has begun, and the one that follows it. */
interface Writing {
  readonly write: Write;
  /** Undefined for none. A later one replaces it. */
  next: Write | undefined;
}

/** Milliseconds. */
const LEAST_PAUSE = 1000;

/** What is read from the store: done at once, or by a later poll. */
export class Loading {
  isDone = false;
  /** Null when nothing is stored, or when it failed. */
  text: string | null = null;
  hasFailed = false;
  readonly #callbacks: (() => void)[] = [];

  /** Calls `callback` once it is done. */
  whenDone(callback: () => void): void {
    if (this.isDone) callback();
    else this.#callbacks.push(callback);
  }

  end(text: string | null | undefined, hasFailed: boolean): void {
    if (this.isDone) return;
    this.isDone = true;
    this.text = text ?? null;
    this.hasFailed = hasFailed;
    for (const callback of this.#callbacks) callback();
  }
}

/** Saves rooms in a store, one write for each code at a time, and reads them. No method throws. */
export class RoomSaver {
  readonly #store: SavingOptions['store'];
  /** Milliseconds. */
  readonly #interval: number;
  readonly #writing = new Map<string, Writing>();
  readonly #loading = new Map<string, Loading>();
  #failures: SavingFailure[] = [];

  constructor({ store, interval = 60 }: SavingOptions) {
    for (const name of ['put', 'get', 'delete', 'list'] as const) {
      if (typeof store?.[name] !== 'function') throw new TypeError(`saving.store.${name} is a function`);
    }
    if (!(interval > 0)) throw new RangeError(`saving.interval is a number of seconds, above 0, not ${interval}`);
    this.#store = store;
    this.#interval = interval * 1000;
  }

  /** Whether a write has not ended yet. */
  get isWriting(): boolean {
    return this.#writing.size > 0;
  }

  /** Whether a write for a code has not ended yet. */
  isWritingTo(code: string): boolean {
    return this.#writing.has(code);
  }

  /** When a room that is opened now is saved first. `share`, from 0 to 1, spreads rooms that are opened together over the interval. */
  firstSave(now: number, share: number): number {
    return now + this.#interval * (1 - share / 2);
  }

  /** Saves a room, if it has a `save` that returns something. */
  save(inside: RoomInside, now: number): void {
    inside.nextSave = now + this.#interval;
    inside.savedAt = now;
    const { room, logic } = inside;
    if (logic?.save === undefined) return;
    const { code, kind, metadata, capacity, isLocked, isListed } = room;
    try {
      const data = logic.save();
      if (data === undefined) return;
      this.#write(code, writeSavedRoom({ kind, metadata, capacity, isLocked, isListed, data }));
      inside.isStored = true;
    } catch (error) {
      this.fail(code, 'save', error);
    }
  }

  /** Saves a room that the last player has left. A store is not written for everybody who only looks in: at most once in `LEAST_PAUSE`. */
  saveAtRest(inside: RoomInside, now: number): void {
    if (now - inside.savedAt >= LEAST_PAUSE) this.save(inside, now);
  }

  /** The room has closed for ever. */
  forget(inside: RoomInside): void {
    if (inside.isStored) this.#write(inside.room.code, null);
  }

  /** What is stored is another process's from now on: a write that has not ended is no state that could be read, and none follows it. */
  abandon(code: string): void {
    this.#writing.delete(code);
  }

  /** Reads what is stored under a code. */
  load(code: string): Loading {
    const running = this.#loading.get(code);
    if (running !== undefined) return running;
    const loading = new Loading();
    const writing = this.#writing.get(code);
    if (writing !== undefined) {
      loading.end(writing.next === undefined ? writing.write : writing.next, false);
      return loading;
    }
    this.#run(
      code,
      'get',
      () => this.#store.get(code),
      (text) => {
        const isText = text === null || text === undefined || typeof text === 'string';
        if (!isText) this.fail(code, 'get', new TypeError(`store.get returns a string, not ${typeof text}`));
        loading.end(isText ? text : null, !isText);
        this.#loading.delete(code);
      },
      () => {
        loading.end(null, true);
        this.#loading.delete(code);
      },
    );
    if (!loading.isDone) this.#loading.set(code, loading);
    return loading;
  }

  /** As `load`, for those who can wait. */
  read(code: string): Promise<string | null> {
    const loading = this.load(code);
    return new Promise((resolve) => loading.whenDone(() => resolve(loading.text)));
  }

  /** All codes under which something is stored; none when that fails. */
  async list(): Promise<readonly string[]> {
    try {
      return [...(await this.#store.list())];
    } catch (error) {
      this.fail('', 'list', error);
      return [];
    }
  }

  fail(code: string, step: SavingStep, error: unknown): void {
    this.#failures.push({ code, step, error });
  }

  /** The failures since the last call. */
  takeFailures(): readonly SavingFailure[] {
    const failures = this.#failures;
    if (failures.length > 0) this.#failures = [];
    return failures;
  }

  /** Waits no longer for writes that have not ended. */
  giveUp(message: string): void {
    for (const [code, { write, next }] of this.#writing) {
      const last = next === undefined ? write : next;
      this.fail(code, last === null ? 'delete' : 'put', new Error(message));
    }
    this.#writing.clear();
  }

  #write(code: string, write: Write): void {
    const writing = this.#writing.get(code);
    if (writing === undefined) this.#begin(code, write);
    else writing.next = write;
  }

  #begin(code: string, write: Write): void {
    const writing: Writing = { write, next: undefined };
    this.#writing.set(code, writing);
    const end = (): void => {
      if (this.#writing.get(code) !== writing) return; // it was given up
      this.#writing.delete(code);
      if (writing.next !== undefined) this.#begin(code, writing.next);
    };
    const store = this.#store;
    if (write === null) this.#run(code, 'delete', () => store.delete(code), end, end);
    else this.#run(code, 'put', () => store.put(code, write), end, end);
  }

  /** Calls `onEnd`, or `onFailed` after having noted what was thrown: at once, unless `call` returns a promise. */
  #run<Result>(
    code: string,
    step: SavingStep,
    call: () => Result | PromiseLike<Result>,
    onEnd: (result: Result) => void,
    onFailed: () => void,
  ): void {
    const fail = (error: unknown): void => {
      this.fail(code, step, error);
      onFailed();
    };
    let result: Result | PromiseLike<Result>;
    try {
      result = call();
    } catch (error) {
      fail(error);
      return;
    }
    if (!isPromiseLike(result)) {
      onEnd(result);
      return;
    }
    const promise = result;
    void new Promise<Result>((resolve) => resolve(promise)).then(onEnd, fail);
  }
}

function isPromiseLike<Result>(value: Result | PromiseLike<Result>): value is PromiseLike<Result> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
