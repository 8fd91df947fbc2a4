import { type Bucket, type Change, type Entry, RevisionMismatch } from '../../src/cluster/broker/broker.ts';

/** A request on its way to the bucket, which the test lets arrive, and whose answer it delivers, loses or leaves open. */
export interface Held {
  readonly name: 'create' | 'update' | 'delete' | 'get';
  readonly key: string;
  /** The request arrives: a write is done, or refused. */
  arrive(): void;
  /** Delivers the answer. The request arrives first if it has not. */
  answer(): void;
  /** The asker gets no answer. The request may still arrive. */
  timeOut(): void;
}

/** The entries of a bucket, and all changes of it. */
export class HeldEntries {
  /** The most bytes of a text. */
  mostBytes: number = Number.POSITIVE_INFINITY;
  readonly changes: Change[] = [];
  readonly #latest = new Map<string, Change>();

  /** The revision of a key, also of one that was deleted; 0 for one that never was. */
  revisionOf(key: string): number {
    return this.#latest.get(key)?.revision ?? 0;
  }

  get(key: string): Entry | null {
    const latest = this.#latest.get(key);
    return latest === undefined || latest.text === null ? null : { ...latest, text: latest.text };
  }

  write(key: string, text: string | null, expected: number): number {
    const size = Buffer.byteLength(text ?? '');
    if (size > this.mostBytes) throw new RangeError(`${key} has ${size} bytes; ${this.mostBytes} are possible`);
    const found = this.revisionOf(key);
    if (found !== expected) throw new RevisionMismatch(`${key} is at ${found}, not at ${expected}`);
    const change = { key, text, revision: this.changes.length + 1 };
    this.#latest.set(key, change);
    this.changes.push(change);
    return change.revision;
  }
}

/** One process's access to a bucket. While it is held, every request waits for the test; otherwise it is answered at once. */
export class HeldBucket implements Bucket {
  isHeld = false;
  /** Requests that have not been answered, in the order in which they were made. */
  readonly held: Held[] = [];
  /** All requests, by name. */
  readonly calls: string[] = [];
  readonly #entries: HeldEntries;

  constructor(entries: HeldEntries) {
    this.#entries = entries;
  }

  create(key: string, text: string): Promise<number> {
    // As on the wire: an entry that was deleted has a revision, which the request names.
    const expected = this.#entries.get(key) === null ? this.#entries.revisionOf(key) : 0;
    return this.#ask('create', key, () => this.#entries.write(key, text, expected));
  }

  update(key: string, text: string, revision: number): Promise<number> {
    return this.#ask('update', key, () => this.#entries.write(key, text, revision));
  }

  delete(key: string, revision: number): Promise<void> {
    return this.#ask('delete', key, () => void this.#entries.write(key, null, revision));
  }

  get(key: string): Promise<Entry | null> {
    return this.#ask('get', key, () => this.#entries.get(key));
  }

  watch(): Promise<{ stop(): void }> {
    return Promise.reject(new Error('the test feeds the changes'));
  }

  /** Answers all requests, and is not held any more. */
  release(): void {
    this.isHeld = false;
    for (const request of [...this.held]) request.answer();
  }

  #ask<Answer>(name: Held['name'], key: string, work: () => Answer): Promise<Answer> {
    this.calls.push(name);
    return new Promise((resolve, reject) => {
      let outcome: (() => void) | null = null;
      const request: Held = {
        name,
        key,
        arrive: () => {
          if (outcome !== null) return;
          try {
            const answer = work();
            outcome = () => resolve(answer);
          } catch (error) {
            outcome = () => reject(error);
          }
        },
        answer: () => {
          request.arrive();
          this.#end(request);
          outcome?.();
        },
        timeOut: () => {
          this.#end(request);
          reject(new Error('no answer'));
        },
      };
      if (this.isHeld) this.held.push(request);
      else request.answer();
    });
  }

  #end(request: Held): void {
    const index = this.held.indexOf(request);
    if (index >= 0) this.held.splice(index, 1);
  }
}

/** Runs what waits for promises that are settled. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
