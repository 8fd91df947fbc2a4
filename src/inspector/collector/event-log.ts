import { type LogEvent, logTo } from '../../log/index.ts';
import type { LogEntry } from '../feed/messages.ts';

/** Entries that are kept. */
const MOST_ENTRIES = 300;
/** An event of the same kind within this time is counted at the entry that is there. Milliseconds. */
const REPEATED_WITHIN = 10_000;
/** Entries of one kind before that are shown one by one. */
const SHOWN_ONE_BY_ONE = 5;

const NOWHERE = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** Entries of one kind in the last time. */
interface Recent {
  readonly since: number;
  shown: number;
  last: LogEntry;
}

/** Keeps what has happened to the peers of a target, by the channels that `logTo` reads. */
export class EventLog {
  readonly #isAbout: (message: unknown) => boolean;
  readonly #now: () => number;
  readonly #entries: LogEntry[] = [];
  readonly #recent = new Map<string, Recent>();
  readonly #stop: () => void;
  #number = 0;

  /** `isAbout`: whether a channel's message is about the target. `now`: milliseconds since 1970. */
  constructor(isAbout: (message: unknown) => boolean, now: () => number) {
    this.#isAbout = isAbout;
    this.#now = now;
    // Nothing is logged: the filter sees every event, and takes those that are ours.
    this.#stop = logTo(NOWHERE, {
      level: 'debug',
      filter: (event) => {
        if (this.#isAbout(event.message)) this.#add(event);
        return false;
      },
    });
  }

  /** The entries with a larger number than `number`, oldest first. */
  after(number: number): readonly LogEntry[] {
    let first = this.#entries.length;
    while (first > 0 && this.#entries[first - 1]!.number > number) first--;
    return this.#entries.slice(first);
  }

  get lastNumber(): number {
    return this.#number;
  }

  stop(): void {
    this.#stop();
  }

  #add({ kind, level, text }: LogEvent): void {
    const time = this.#now();
    const recent = this.#recent.get(kind);
    const isRecent = recent !== undefined && time - recent.since < REPEATED_WITHIN;
    if (isRecent && recent.shown >= SHOWN_ONE_BY_ONE) {
      const { id, count } = recent.last;
      recent.last = { ...recent.last, number: ++this.#number, time, text, count: count + 1 };
      const index = this.#entries.findIndex((entry) => entry.id === id);
      if (index >= 0) this.#entries.splice(index, 1);
      this.#keep(recent.last);
      return;
    }
    const number = ++this.#number;
    const entry = { number, id: number, time, level, text, count: 1 };
    this.#recent.set(kind, {
      since: isRecent ? recent.since : time,
      shown: isRecent ? recent.shown + 1 : 1,
      last: entry,
    });
    this.#keep(entry);
  }

  #keep(entry: LogEntry): void {
    this.#entries.push(entry);
    if (this.#entries.length > MOST_ENTRIES) this.#entries.shift();
  }
}

function ignore(): void {}
