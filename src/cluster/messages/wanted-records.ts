import type { Clock } from '../../clock.ts';
import { type Bucket, type Change, RevisionMismatch } from '../broker/broker.ts';

/** Reads and writes that are under way at once. */
const MOST_CALLS = 64;
/** Until the first try after an error; doubled with each further error. Milliseconds. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 5000;

/** A record, as far as is known. */
interface Known {
  /** Null: there is none. */
  readonly text: string | null;
  /** 0: not known. */
  readonly revision: number;
}

interface Kept {
  /** Null: there is to be none. */
  wanted: string | null;
  /** Null: it has to be read. */
  known: Known | null;
  isBusy: boolean;
}

const NONE: Known = { text: null, revision: 0 };

/**
 * Records that are to have certain texts, and the reads and writes that make them so: one for a record at a time, and 64 in all. After an error all of them pause, for
 * longer each time, and a record whose write has failed is read first.
 *
 * A write whose answer was lost may be done later than all others. So what the watch of the bucket tells has to be told here as well (`onChange`).
 */
export class WantedRecords {
  readonly #bucket: Bucket;
  readonly #clock: Clock;
  #records = new Map<string, Kept>();
  /** Those that are not as they are to be, and not busy. */
  #due = new Set<string>();
  #busy = 0;
  #pause = FIRST_PAUSE;
  #timer: unknown = null;

  constructor(bucket: Bucket, clock: Clock) {
    this.#bucket = bucket;
    this.#clock = clock;
  }

  /** Whether all records are as they are to be, as far as is known. */
  get isSettled(): boolean {
    return this.#due.size === 0 && this.#busy === 0;
  }

  /** `text`: null for no record. */
  want(key: string, text: string | null): void {
    const kept = this.#records.get(key);
    if (kept !== undefined) kept.wanted = text;
    else if (text !== null) this.#records.set(key, { wanted: text, known: NONE, isBusy: false });
    this.#look(key);
  }

  /** A record that was found is to be removed. */
  remove({ key, text, revision }: Change): void {
    const kept = this.#records.get(key);
    if (kept === undefined) this.#records.set(key, { wanted: null, known: { text, revision }, isBusy: false });
    else kept.wanted = null;
    this.#look(key);
  }

  /** A record has changed. Returns whether it is one of these. */
  onChange({ key, text, revision }: Change): boolean {
    const kept = this.#records.get(key);
    if (kept === undefined) return false;
    learn(kept, { text, revision });
    this.#look(key);
    return true;
  }

  /** Forgets everything. What is under way goes on. */
  clear(): void {
    this.#records = new Map();
    this.#due = new Set();
    this.#endPause();
    this.#pause = FIRST_PAUSE;
  }

  #look(key: string): void {
    const kept = this.#records.get(key);
    if (kept === undefined || kept.isBusy) return;
    const isAsWanted = kept.known !== null && kept.known.text === kept.wanted;
    if (!isAsWanted) this.#due.add(key);
    else this.#due.delete(key);
    if (isAsWanted && kept.wanted === null) this.#records.delete(key);
    this.#start();
  }

  #start(): void {
    if (this.#timer !== null) return;
    for (const key of this.#due) {
      if (this.#busy >= MOST_CALLS) return;
      this.#due.delete(key);
      const kept = this.#records.get(key);
      if (kept !== undefined) void this.#run(key, kept);
    }
  }

  async #run(key: string, kept: Kept): Promise<void> {
    const records = this.#records;
    kept.isBusy = true;
    this.#busy++;
    let isError = false;
    try {
      await this.#call(key, kept);
    } catch (error) {
      // What is true is not known any more, whatever the watch has told meanwhile.
      kept.known = null;
      isError = !(error instanceof RevisionMismatch);
    }
    this.#busy--;
    kept.isBusy = false;
    if (records === this.#records) {
      if (isError) this.#beginPause();
      else if (this.#timer === null) this.#pause = FIRST_PAUSE;
      this.#look(key);
    }
    this.#start();
  }

  async #call(key: string, kept: Kept): Promise<void> {
    const { known, wanted } = kept;
    if (known === null) {
      const entry = await this.#bucket.get(key);
      if (entry !== null) learn(kept, entry);
      else kept.known ??= NONE; // a change that was told meanwhile is newer, or the next one is
    } else if (wanted !== null) {
      const isNew = known.text === null;
      const write = isNew ? this.#bucket.create(key, wanted) : this.#bucket.update(key, wanted, known.revision);
      learn(kept, { text: wanted, revision: await write });
    } else if (known.text !== null) {
      await this.#bucket.delete(key, known.revision);
      if (kept.known === known) kept.known = { text: null, revision: known.revision };
    }
  }

  #beginPause(): void {
    if (this.#timer !== null) return;
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = null;
      this.#start();
    }, this.#pause);
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
  }

  #endPause(): void {
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
  }
}

/** What is known of a record is not replaced by what is older. */
function learn(kept: Kept, { text, revision }: Known): void {
  if (kept.known === null || revision > kept.known.revision) kept.known = { text, revision };
}
