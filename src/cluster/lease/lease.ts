import { type Bucket, type Entry, RevisionMismatch } from '../broker/broker.ts';
import type { LeaseTime, Moment } from './lease-time.ts';
import { type NodeReport, nodeKey, readNode } from './node-record.ts';

/** So often a lease is renewed within its time. */
const RENEWALS = 4;

export interface LeaseOptions {
  readonly bucket: Bucket;
  /** Of this node, and never used before. */
  readonly id: string;
  readonly time: LeaseTime;
  /** Milliseconds. */
  readonly leaseTime: number;
  /** What the others are told with each renewal. */
  report(): NodeReport;
}

/**
 * The lease of this node: a record that it has to renew. Whoever holds one may own rooms. A renewal counts from the moment at which it was
 * *sent*, and only once it is known to be stored; and the lease ends by the clock of this process, whatever the broker says. The others end it only
 * after they have seen no renewal for the whole of its time (`OtherLeases`), with a write that is refused if there was one. So nobody takes
 * the rooms of a node that still holds its lease.
 *
 * A lease that has ended does not come back: the node joins again with another id.
 */
export class Lease {
  readonly id: string;
  readonly #options: LeaseOptions;
  readonly #key: string;
  /** When the last renewal was sent that is known to be stored; null before the first. */
  #renewed: Moment | null = null;
  #revision = 0;
  #sequence = 0;
  /** By their numbers: when the renewals were sent of which it is not known whether they are stored. */
  readonly #unanswered = new Map<number, Moment>();
  #tried: Moment | null = null;
  /** The renewal that is under way. */
  #renewal: Promise<void> | null = null;
  #hasEnded = false;

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.id = options.id;
    this.#key = nodeKey(options.id);
  }

  /** Makes the record. Rejects when that is not possible. */
  async begin(): Promise<void> {
    const { bucket, time } = this.#options;
    const sent = time.now();
    this.#revision = await bucket.create(this.#key, this.#text());
    this.#renewed = sent;
    this.#tried = sent;
  }

  /** Whether this node may own rooms now. */
  get isHeld(): boolean {
    if (this.#hasEnded || this.#renewed === null) return false;
    if (!this.#options.time.isWithin(this.#renewed)) this.#hasEnded = true;
    return !this.#hasEnded;
  }

  /** Milliseconds since the last renewal that is known to be stored was sent. */
  get age(): number {
    return this.#renewed === null ? 0 : this.#options.time.since(this.#renewed);
  }

  /** Sends a renewal when it is due. */
  poll(): void {
    if (!this.isHeld || this.isRenewing || this.#tried === null) return;
    if (this.#options.time.since(this.#tried) >= this.#options.leaseTime / RENEWALS) void this.renew();
  }

  /** Sends a renewal now, for example because the report has changed. Never rejects. */
  async renew(): Promise<void> {
    if (!this.isHeld || this.isRenewing) return;
    this.#renewal = this.#renew();
    await this.#renewal;
    this.#renewal = null;
  }

  /** Whether a renewal is under way: `renew` has no effect. */
  get isRenewing(): boolean {
    return this.#renewal !== null;
  }

  async #renew(): Promise<void> {
    const { bucket, time } = this.#options;
    const sent = time.now();
    const sequence = ++this.#sequence;
    this.#tried = sent;
    this.#unanswered.set(sequence, sent);
    try {
      this.#store(await bucket.update(this.#key, this.#text(), this.#revision), sequence);
    } catch (error) {
      // After any other error it is not known whether it is stored. The next renewal shows it.
      if (error instanceof RevisionMismatch) await this.#compare();
    }
  }

  /** Ends the lease, and removes the record. Rejects when it could not be removed; the others end it then. */
  async end(): Promise<void> {
    this.#hasEnded = true;
    await this.#renewal; // it has another revision afterwards
    await this.#options.bucket.delete(this.#key, this.#revision);
  }

  /** Ends the lease, and leaves the record to the others. */
  drop(): void {
    this.#hasEnded = true;
  }

  /** The record has another revision: an earlier renewal is stored whose answer was lost, or the others have ended the lease. */
  async #compare(): Promise<void> {
    let entry: Entry | null;
    try {
      entry = await this.#options.bucket.get(this.#key);
    } catch {
      return; // the next renewal comes here again
    }
    const record = entry === null ? null : readNode(this.id, entry.text);
    // Also when there is no record: a broker that has lost it may have lost those of the rooms.
    if (entry === null || record === null || record.isEnded || !this.#unanswered.has(record.sequence)) this.drop();
    else this.#store(entry.revision, record.sequence);
  }

  #store(revision: number, sequence: number): void {
    this.#revision = revision;
    const sent = this.#unanswered.get(sequence);
    if (sent !== undefined) this.#renewed = sent;
    for (const earlier of this.#unanswered.keys()) if (earlier <= sequence) this.#unanswered.delete(earlier);
  }

  #text(): string {
    const { leaseTime, report } = this.#options;
    return JSON.stringify({ ...report(), id: this.id, sequence: this.#sequence, leaseTime, isEnded: false });
  }
}
