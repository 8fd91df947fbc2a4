import type { Clock } from '../clock.ts';
import { ChunkList } from './chunk-list.ts';
import { type CompleteConditions, type Conditions, changeConditions, chunkRange } from './conditions.ts';
import type { Random } from './random.ts';

/** The end that writes into a direction, and the end that reads from it. */
export interface DirectionEnds {
  /** Called when all unsent bytes are taken. */
  onDrained(): void;
  onBytes(chunk: Uint8Array): void;
  onEnd(): void;
}

/** The largest segment. */
const LARGEST_SEGMENT = 65_536;
/** With limited bandwidth, about the time to send a segment, in seconds. */
const SEGMENT_TIME = 0.01;
const SMALLEST_SEGMENT = 256;

/** A segment on the wire; the end of the stream has no bytes. */
interface Segment {
  readonly at: number;
  readonly bytes: Uint8Array | null;
}

/**
 * One direction of a link. Bytes go from `#unsent` (the writer's memory) over `#flight` (the wire) to `#arrived` (the
 * reader's kernel), and from there to the reader, one chunk per turn of the event loop.
 */
export class Direction {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #ends: DirectionEnds;
  #conditions: CompleteConditions;
  readonly #unsent = new ChunkList();
  #flight: Segment[] = [];
  readonly #arrived = new ChunkList();
  /** Bytes in flight and arrived. */
  #held = 0;
  /** When the line has sent everything so far, and when the last of it arrives. */
  #lineFreeAt = 0;
  #lastArrival = 0;
  #stalledUntil = 0;
  #isEnding = false;
  #endSent = false;
  #endArrived = false;
  #endDelivered = false;
  #isDark = false;
  #isReading = true;
  #owesDrain = false;
  #timer: unknown = null;
  #timerAt = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, random: Random, conditions: CompleteConditions, ends: DirectionEnds) {
    this.#clock = clock;
    this.#random = random;
    this.#conditions = conditions;
    this.#ends = ends;
  }

  // ---------------------------------------------------------------- the writer

  /** Takes a copy. */
  write(bytes: Uint8Array): void {
    this.#unsent.push(new Uint8Array(bytes));
    this.#admit();
    if (this.#unsent.size > 0) this.#owesDrain = true;
  }

  /** Ends the direction after the written bytes. */
  end(): void {
    this.#isEnding = true;
    this.#admit();
  }

  /** Drops the writer's unsent bytes. */
  dropUnsent(): void {
    this.#unsent.clear();
    this.#owesDrain = false;
  }

  get unsentBytes(): number {
    return this.#unsent.size;
  }

  // ---------------------------------------------------------------- the reader

  set isReading(isReading: boolean) {
    this.#isReading = isReading;
    this.#plan();
  }

  /** Bytes in the reader's kernel that the reader has not taken. */
  get unreadBytes(): number {
    return this.#arrived.size;
  }

  // ---------------------------------------------------------------- conditions

  get conditions(): CompleteConditions {
    return this.#conditions;
  }

  /** Changes the conditions for bytes that are sent from now on. */
  change(changes: Conditions): void {
    this.#conditions = changeConditions(this.#conditions, changes);
    this.#admit();
  }

  /** Delays everything in transit for this time. */
  stall(milliseconds: number): void {
    this.#stalledUntil = Math.max(this.#stalledUntil, this.#clock.now() + milliseconds);
    this.#plan();
  }

  /** Ends the stall, and lets everything in transit arrive in the next turn. */
  release(): void {
    const now = this.#clock.now();
    this.#stalledUntil = 0;
    this.#lineFreeAt = Math.min(this.#lineFreeAt, now);
    this.#lastArrival = Math.min(this.#lastArrival, now);
    this.#flight = this.#flight.map(({ at, bytes }) => ({ at: Math.min(at, now), bytes }));
    this.#plan();
  }

  /** Loses everything in transit, and everything written from now on. */
  goDark(): void {
    this.#isDark = true;
    this.#flight = [];
    this.#arrived.clear();
    this.#plan();
  }

  // ---------------------------------------------------------------- the inside

  /** Moves bytes from the writer's memory to the wire, up to the capacity. */
  #admit(): void {
    const { bandwidth, capacity } = this.#conditions;
    const largest = Math.min(LARGEST_SEGMENT, Math.max(SMALLEST_SEGMENT, Math.ceil(bandwidth * SEGMENT_TIME)));
    while (this.#unsent.size > 0 && this.#held < capacity) {
      const bytes = this.#unsent.take(Math.min(largest, this.#unsent.size, Math.ceil(capacity - this.#held)));
      this.#held += bytes.length;
      this.#launch(bytes);
    }
    if (this.#unsent.size > 0) return;
    if (this.#owesDrain) {
      this.#owesDrain = false;
      this.#clock.setTimeout(() => {
        if (this.#unsent.size === 0) this.#ends.onDrained();
      }, 0);
    }
    if (this.#isEnding && !this.#endSent) {
      this.#endSent = true;
      this.#launch(null);
    }
  }

  #launch(bytes: Uint8Array | null): void {
    if (this.#isDark) return;
    const { latency, jitter, bandwidth, loss, retransmissionDelay } = this.#conditions;
    const size = bytes === null ? 0 : bytes.length;
    this.#lineFreeAt = Math.max(this.#lineFreeAt, this.#clock.now()) + (size / bandwidth) * 1000;
    let at = this.#lineFreeAt + latency;
    if (jitter > 0) at += jitter * this.#random.next();
    if (loss > 0) for (let tries = 0; tries < 10 && this.#random.chance(loss); tries++) at += retransmissionDelay;
    this.#lastArrival = Math.max(this.#lastArrival, at);
    this.#flight.push({ at: this.#lastArrival, bytes });
    this.#plan();
  }

  /** Sets the timer for the next call of `#run`. */
  #plan(): void {
    const [first] = this.#flight;
    let at = Number.POSITIVE_INFINITY;
    if (first !== undefined) at = Math.max(first.at, this.#stalledUntil, this.#clock.now());
    if (this.#canDeliver) at = this.#clock.now();
    if (at === this.#timerAt) return;
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
    this.#timerAt = at;
    if (at !== Number.POSITIVE_INFINITY) this.#timer = this.#clock.setTimeout(this.#run, at - this.#clock.now());
  }

  get #canDeliver(): boolean {
    return this.#isReading && (this.#arrived.size > 0 || (this.#endArrived && !this.#endDelivered));
  }

  readonly #run = (): void => {
    this.#timer = null;
    this.#timerAt = Number.POSITIVE_INFINITY;
    const now = this.#clock.now();
    if (now >= this.#stalledUntil) this.#land(now);
    if (this.#canDeliver) {
      if (this.#arrived.size > 0) this.#deliver();
      else {
        this.#endDelivered = true;
        this.#ends.onEnd();
      }
    }
    this.#plan();
  };

  /** Moves bytes from the wire to the reader's kernel. */
  #land(now: number): void {
    let landed = 0;
    for (const { at, bytes } of this.#flight) {
      if (at > now) break;
      landed++;
      if (bytes === null) this.#endArrived = true;
      else this.#arrived.push(bytes);
    }
    if (landed > 0) this.#flight.splice(0, landed);
  }

  #deliver(): void {
    const [least, most] = chunkRange(this.#conditions);
    const wanted = least === most ? most : this.#random.integer(least, most);
    const chunk = this.#arrived.take(Math.min(Math.ceil(wanted), this.#arrived.size));
    this.#held -= chunk.length;
    this.#admit();
    this.#ends.onBytes(chunk);
  }
}
