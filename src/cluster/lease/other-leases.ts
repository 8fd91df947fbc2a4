import type { Bucket, Change } from '../broker/broker.ts';
import { LONGEST_LEASE, type NodeRecord, nodeKey, nodeOfKey, readNode } from './node-record.ts';

/** A node as this one sees it. */
interface Seen {
  /** Null for one that cannot be read. */
  readonly record: NodeRecord | null;
  readonly revision: number;
  /** When this revision was seen first, on the steady clock. */
  readonly since: number;
}

/**
 * The leases of all nodes, as they are told by the bucket. A lease that was not renewed for its whole time, as far as this node has seen, is
 * ended by a write that takes the place of the revision seen last. If the node has renewed it meanwhile, the write is refused. So it makes no difference how
 * late this node sees what happens.
 *
 * A node whose record cannot be read, for example of another version, may run rooms as well: it is alive until it has not written its record for the longest
 * time that a lease may have. It is in no list, and nothing is asked of it.
 */
export class OtherLeases {
  readonly #nodes = new Map<string, Seen>();
  readonly #ending = new Set<string>();

  /** The nodes whose leases have not been ended. */
  get records(): NodeRecord[] {
    const records: NodeRecord[] = [];
    for (const { record } of this.#nodes.values()) if (record?.isEnded === false) records.push(record);
    return records;
  }

  /** Those whose leases were ended, and whose rooms may still have records. */
  get ended(): NodeRecord[] {
    const records: NodeRecord[] = [];
    for (const { record } of this.#nodes.values()) if (record?.isEnded === true) records.push(record);
    return records;
  }

  /** The record of a node whose lease has not been ended; null for none, and for one that cannot be read. */
  get(id: string): NodeRecord | null {
    const record = this.#nodes.get(id)?.record ?? null;
    return record?.isEnded === true ? null : record;
  }

  /** Whether a node may own rooms, as far as is known here: its lease has not been ended. */
  isAlive(id: string): boolean {
    const seen = this.#nodes.get(id);
    return seen !== undefined && seen.record?.isEnded !== true;
  }

  /** How many milliseconds ago the last renewal of `id` was seen here; `Infinity` for an unknown node. */
  age(id: string, now: number): number {
    const seen = this.#nodes.get(id);
    return seen === undefined ? Number.POSITIVE_INFINITY : now - seen.since;
  }

  /** A record of the bucket has changed. Returns the id of the node if it concerns one. */
  onChange({ key, text, revision }: Change, now: number): string | null {
    const id = nodeOfKey(key);
    if (id === null) return null;
    if (text === null) this.#nodes.delete(id);
    else this.#nodes.set(id, { record: readNode(id, text), revision, since: now });
    return id;
  }

  /** Ends the leases, but for that of `self`, that have run out. */
  endOverdue(bucket: Bucket, self: string, now: number): void {
    for (const [id, { record, revision, since }] of this.#nodes) {
      if (id === self || record?.isEnded === true || this.#ending.has(id)) continue;
      if (now - since < (record?.leaseTime ?? LONGEST_LEASE)) continue;
      this.#ending.add(id);
      const end = (): void => void this.#ending.delete(id);
      // Refused: it has renewed its lease, or another node was faster. Another error: it is tried again.
      const write: Promise<unknown> =
        record === null
          ? bucket.delete(nodeKey(id), revision)
          : bucket.update(nodeKey(id), JSON.stringify({ ...record, isEnded: true }), revision);
      write.then(end, end);
    }
  }

  /** Removes the record of a node whose lease was ended, once nothing is left of it. */
  remove(bucket: Bucket, id: string): void {
    const seen = this.#nodes.get(id);
    if (seen?.record?.isEnded !== true || this.#ending.has(id)) return;
    this.#ending.add(id);
    const end = (): void => void this.#ending.delete(id);
    bucket.delete(nodeKey(id), seen.revision).then(end, end);
  }
}
