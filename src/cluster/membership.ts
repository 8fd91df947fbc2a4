import { newCode } from '../rooms/index.ts';
import type { Bucket } from './broker/broker.ts';
import type { Directory } from './directory/directory.ts';
import { OwnRooms } from './directory/own-rooms.ts';
import { Lease } from './lease/lease.ts';
import type { LeaseTime } from './lease/lease-time.ts';
import type { NodeReport } from './lease/node-record.ts';

/** The pool of reserved codes is enlarged when it runs out, up to this. */
const MOST_CODES = 1024;
/** Milliseconds until codes are reserved again after one could not be. */
const RESERVING_RETRY = 500;

export interface MembershipParts {
  readonly id: string;
  readonly bucket: Bucket;
  readonly directory: Directory;
  readonly time: LeaseTime;
  /** Milliseconds. */
  readonly leaseTime: number;
  readonly reservedCodes: number;
  now(): number;
  report(): NodeReport;
  isSaved(code: string): Promise<boolean>;
  onLost(code: string): void;
}

/** What this process has in the cluster while it holds one lease: its id, its lease, its rooms' codes. */
export class Membership {
  readonly id: string;
  readonly lease: Lease;
  readonly own: OwnRooms;
  /** What ends answering the requests of others. */
  readonly ends: (() => void)[] = [];
  readonly #parts: MembershipParts;
  #wantedCodes: number;
  #reserving = 0;
  /** When codes are reserved again, after an attempt that came to nothing. */
  #nextReserving = 0;
  /** Whether the others were told that this node opens rooms. */
  #isToldOpening = false;

  constructor(parts: MembershipParts) {
    this.#parts = parts;
    const { id, bucket, directory, time, leaseTime, report, now, onLost } = parts;
    this.id = id;
    this.lease = new Lease({ bucket, id, time, leaseTime, report });
    const isHeld = (): boolean => this.lease.isHeld;
    this.own = new OwnRooms({ bucket, directory, self: id, now, isHeld, onLost });
    this.#wantedCodes = parts.reservedCodes;
  }

  /** A code for a new room; null when none is reserved. */
  takeCode(): string | null {
    const code = this.own.take(this.#parts.now());
    // More are needed at once than are reserved.
    if (this.own.pooled === 0) this.#wantedCodes = Math.min(2 * this.#wantedCodes, MOST_CODES);
    return code;
  }

  /** Renews the lease and writes records, as far as they are due. `isOpening`: whether this node opens rooms. */
  poll(now: number, isOpening: boolean): void {
    this.lease.poll();
    if (isOpening !== this.#isToldOpening && !this.lease.isRenewing) {
      this.#isToldOpening = isOpening;
      void this.lease.renew();
    }
    this.own.poll(now);
    if (isOpening && now >= this.#nextReserving) this.#fillPool();
    if (isOpening) return;
    this.own.releasePool();
  }

  /** Nothing is this node's any more. */
  end(): void {
    this.lease.drop();
    this.own.end();
    for (const end of this.ends.splice(0)) end();
  }

  #fillPool(): void {
    const { directory, isSaved, now } = this.#parts;
    const isTaken = (code: string): boolean => directory.get(code) !== null || this.own.has(code);
    while (this.lease.isHeld && this.own.pooled + this.#reserving < this.#wantedCodes) {
      this.#reserving++;
      const code = newCode(directory.size, isTaken);
      void this.own.reserve(code, isSaved).then((result) => {
        this.#reserving--;
        // Without a connection it is known at once, and a poll would begin a thousand others.
        if (result === 'unknown') this.#nextReserving = now() + RESERVING_RETRY;
      });
    }
  }
}
