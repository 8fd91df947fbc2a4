import {
  type Broker,
  type Bucket,
  type Change,
  type Entry,
  type Responder,
  RevisionMismatch,
} from '../../src/cluster/broker/broker.ts';
import type { Random, VirtualClock } from '../../src/testing/index.ts';

/** The conditions of a broker and of the way to it. */
export interface MemoryBrokerOptions {
  /** The least and the most milliseconds that a message takes one way. Default: 0. */
  readonly delay?: readonly [least: number, most: number];
  /** Milliseconds after which a request without an answer is rejected. Default: 2000. */
  readonly timeout?: number;
}

/** The entries of a bucket, and who follows it. */
interface Stored {
  readonly latest: Map<string, Change>;
  readonly followers: Set<{ readonly line: Line; tell(change: Change): void }>;
}

/** A broker in memory, on a virtual clock, with delays and interruptions. Everybody has a connection of its own (`connect`). */
export class MemoryBroker {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly timeout: number;
  /** A broker that is down loses what arrives. What is stored stays. */
  isUp = true;
  readonly buckets: Map<string, Stored> = new Map();
  readonly lines: Set<Line> = new Set();
  revision = 0;
  readonly #delay: readonly [number, number];

  constructor(clock: VirtualClock, random: Random, { delay = [0, 0], timeout = 2000 }: MemoryBrokerOptions = {}) {
    this.clock = clock;
    this.random = random;
    this.timeout = timeout;
    this.#delay = delay;
  }

  connect(): Line {
    const line = new Line(this);
    this.lines.add(line);
    return line;
  }

  delay(): number {
    const [least, most] = this.#delay;
    return least + (most - least) * this.random.next();
  }

  /** A broker that goes down ends what is on the way. It comes up with what it has stored. */
  setUp(isUp: boolean): void {
    this.isUp = isUp;
    for (const line of this.lines) line.onBroker();
  }

  bucket(name: string): Stored {
    const found = this.buckets.get(name);
    if (found !== undefined) return found;
    const made: Stored = { latest: new Map(), followers: new Set() };
    this.buckets.set(name, made);
    return made;
  }

  write(bucket: Stored, key: string, text: string | null, expected: number): number {
    const latest = bucket.latest.get(key);
    // An entry that was deleted counts as none for `create`.
    const revision = latest === undefined || (latest.text === null && expected === 0) ? 0 : latest.revision;
    if (revision !== expected) throw new RevisionMismatch(`${key} is at ${revision}, not at ${expected}`);
    const change: Change = { key, text, revision: ++this.revision };
    bucket.latest.set(key, change);
    for (const follower of bucket.followers) follower.tell(change);
    return change.revision;
  }
}

/** A connection to a broker in memory, which a test can cut and hold. */
export class Line implements Broker {
  readonly #broker: MemoryBroker;
  #isCut = false;
  #isHeld = false;
  #isClosed = false;
  /** What has arrived while it was held. */
  #held: (() => void)[] = [];
  /** No message overtakes another one of its direction. */
  #lastUp = 0;
  #lastDown = 0;
  /** Counts the interruptions: what was sent before one does not arrive after it. */
  #epoch = 0;
  readonly #resumed = new Set<() => void>();
  readonly #subscriptions = new Map<string, Set<(text: string) => void>>();
  readonly #responders = new Map<string, Responder>();
  /** The share of answers to writes that get lost, from 0 to 1: the write is done, and nobody hears of it. */
  lost = 0;

  constructor(broker: MemoryBroker) {
    this.#broker = broker;
  }

  get isConnected(): boolean {
    return !this.#isCut && this.#broker.isUp && !this.#isClosed;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The connection is interrupted, until `heal`. */
  cut(): void {
    if (this.#isCut) return;
    this.#isCut = true;
    this.#epoch++;
  }

  heal(): void {
    if (!this.#isCut) return;
    this.#isCut = false;
    this.#resume();
  }

  /** The process does not run: what arrives waits until `release`. */
  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    for (const deliver of this.#held.splice(0)) deliver();
  }

  close(): void {
    this.#isClosed = true;
    this.#epoch++;
    this.#broker.lines.delete(this);
    for (const { followers } of this.#broker.buckets.values()) {
      for (const follower of followers) if (follower.line === this) followers.delete(follower);
    }
  }

  /** The broker has gone down, or is up again. */
  onBroker(): void {
    if (this.#broker.isUp) this.#resume();
    else this.#epoch++;
  }

  #resume(): void {
    if (this.isConnected) for (const resumed of this.#resumed) resumed();
  }

  /** Calls `arrive` at the broker, if the message gets there. */
  #send(arrive: () => void): void {
    const { clock } = this.#broker;
    const epoch = this.#epoch;
    if (!this.isConnected) return;
    this.#lastUp = Math.max(this.#lastUp, clock.now() + this.#broker.delay());
    clock.setTimeout(() => {
      if (epoch === this.#epoch) arrive();
    }, this.#lastUp - clock.now());
  }

  /** Calls `deliver` here, if the message gets here. */
  receive(deliver: () => void): void {
    const { clock } = this.#broker;
    const epoch = this.#epoch;
    if (!this.isConnected) return;
    this.#lastDown = Math.max(this.#lastDown, clock.now() + this.#broker.delay());
    clock.setTimeout(() => {
      if (epoch === this.#epoch) this.#deliver(deliver);
    }, this.#lastDown - clock.now());
  }

  #deliver(deliver: () => void): void {
    if (this.#isHeld) this.#held.push(deliver);
    else deliver();
  }

  #ask<Answer>(
    work: () => Answer | Promise<Answer>,
    milliseconds: number = this.#broker.timeout,
    isWrite = false,
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const timer = this.#broker.clock.setTimeout(
        () => this.#deliver(() => reject(new Error('no answer'))),
        milliseconds,
      );
      const answer = (deliver: () => void): void => {
        if (isWrite && this.#broker.random.next() < this.lost) return;
        this.receive(() => {
          this.#broker.clock.clearTimeout(timer);
          deliver();
        });
      };
      this.#send(() => {
        try {
          const result = work();
          if (!(result instanceof Promise)) answer(() => resolve(result));
          else
            result.then(
              (value) => answer(() => resolve(value)),
              (error) => answer(() => reject(error)),
            );
        } catch (error) {
          answer(() => reject(error));
        }
      });
    });
  }

  #write<Answer>(work: () => Answer): Promise<Answer> {
    return this.#ask(work, this.#broker.timeout, true);
  }

  async openBucket(name: string): Promise<Bucket> {
    const broker = this.#broker;
    const stored = await this.#ask(() => broker.bucket(name));
    const current = (key: string): Entry | null => {
      const latest = stored.latest.get(key);
      return latest === undefined || latest.text === null ? null : { ...latest, text: latest.text };
    };
    return {
      create: (key, text) => this.#write(() => broker.write(stored, key, text, 0)),
      update: (key, text, revision) => this.#write(() => broker.write(stored, key, text, revision)),
      delete: (key, revision) => this.#write(() => void broker.write(stored, key, null, revision)),
      get: (key) => this.#ask(() => current(key)),
      watch: ({ onChange, onReady }) => {
        let told = 0;
        const tell = (change: Change): void =>
          this.receive(() => {
            if (change.revision <= told) return;
            told = change.revision;
            onChange(change);
          });
        const tellMissed = (changes: Iterable<Change>): void => {
          const missed = [...changes].filter(({ revision }) => revision > told);
          for (const change of missed.sort((one, other) => one.revision - other.revision)) tell(change);
        };
        const catchUp = (): void => tellMissed(stored.latest.values());
        const follower = { line: this, tell };
        return this.#ask(() => {
          tellMissed([...stored.latest.values()].filter(({ text }) => text !== null));
          stored.followers.add(follower);
          this.receive(onReady);
          this.#resumed.add(catchUp);
          return {
            stop: () => {
              stored.followers.delete(follower);
              this.#resumed.delete(catchUp);
            },
          };
        });
      },
    };
  }

  publish(subject: string, text: string): void {
    this.#send(() => {
      for (const line of this.#broker.lines) {
        line.receive(() => {
          for (const onMessage of line.#subscriptions.get(subject) ?? []) onMessage(text);
        });
      }
    });
  }

  subscribe(subject: string, onMessage: (text: string) => void): () => void {
    const callbacks = this.#subscriptions.get(subject) ?? new Set();
    this.#subscriptions.set(subject, callbacks);
    callbacks.add(onMessage);
    return () => void callbacks.delete(onMessage);
  }

  request(subject: string, text: string, milliseconds: number): Promise<string> {
    return this.#ask(() => {
      for (const line of this.#broker.lines) {
        const responder = line.#responders.get(subject);
        if (responder === undefined) continue;
        return new Promise<string>((resolve) => {
          line.receive(() => {
            void Promise.resolve(text)
              .then(responder)
              .then(
                (answer) => line.#send(() => resolve(answer)),
                () => undefined,
              );
          });
        });
      }
      throw new Error(`nobody answers requests for ${subject}`);
    }, milliseconds);
  }

  respond(subject: string, responder: Responder): () => void {
    this.#responders.set(subject, responder);
    return () => void this.#responders.delete(subject);
  }
}
