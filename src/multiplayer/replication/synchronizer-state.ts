import type { VariantWriter } from '../../variant/index.ts';
import type { MultiplayerSynchronizer } from '../nodes/multiplayer-synchronizer.ts';
import type { PropertyValues } from '../nodes/property-values.ts';
import { writeCompressed } from '../wire/compressed-variant.ts';
import { beginDeltaBlock, beginSyncBlock, endDeltaBlock, endSyncBlock, isInMask } from '../wire/state-packet.ts';

/** A SYNC's time has 16 bits: after this many ticks it is sent also when the interval is not over. */
const MOST_TICKS = 0x4000;

/** A part of the tick's buffer of blocks. `tick`: the tick in which it was written; others have no such block. */
interface Block {
  tick: number;
  start: number;
  end: number;
}

/** What of a synchronizer is sent: its net id, when it is due, and the blocks that all peers get in a tick. */
export class SynchronizerState {
  readonly synchronizer: MultiplayerSynchronizer;
  /** The order in which synchronizers entered the tree, which is that of their blocks. */
  readonly order: number;
  /** 0 until it is sent for the first time. */
  netId = 0;
  /** How many peers see it, and to how many of them it can be sent now. */
  viewers = 0;
  receivers = 0;
  readonly sync: Block = { tick: 0, start: 0, end: 0 };
  readonly delta: Block = { tick: 0, start: 0, end: 0 };
  /** The tick in which a SYNC of it was due, whether or not there was a block. */
  dueTick = 0;
  /** The mask of what has changed in the tick of `delta`. */
  changedLow = 0;
  changedHigh = 0;
  readonly #values: PropertyValues;
  /** The bytes of the watched properties, as they were sent last; null until they are looked at. */
  readonly #watched: (Uint8Array | null)[];
  #isWatched = false;
  #lastSync = Number.NEGATIVE_INFINITY;
  #lastDelta = Number.NEGATIVE_INFINITY;

  constructor(synchronizer: MultiplayerSynchronizer, order: number) {
    this.synchronizer = synchronizer;
    this.order = order;
    this.#values = synchronizer.instance.values;
    this.#watched = synchronizer.layout.watched.map(() => null);
  }

  /** Whether a SYNC is due at `now`, milliseconds. If so, the next one is due after the interval. */
  isDue(tick: number, now: number): boolean {
    const { layout, replicationInterval } = this.synchronizer;
    if (layout.always.length === 0) return false;
    const isTooEarly = now < this.#lastSync + 1000 * replicationInterval;
    if (isTooEarly && tick - this.dueTick < MOST_TICKS) return false;
    this.#lastSync = now;
    this.dueTick = tick;
    return true;
  }

  /**
   * Writes the block of a SYNC with the present values. Throws `TypeError` when one was changed in place to something
   * else.
   */
  writeSync(writer: VariantWriter, tick: number): void {
    const start = writer.size;
    beginSyncBlock(writer, this.netId);
    this.#write(writer, start, this.synchronizer.layout.always);
    endSyncBlock(writer, start);
    this.sync.tick = tick;
    this.sync.start = start;
    this.sync.end = writer.size;
  }

  /**
   * Finds out what has changed, and writes the block of a DELTA with it, if anything has and the interval is over.
   * Throws as `writeSync`, after it has written what can be encoded.
   */
  writeDelta(writer: VariantWriter, tick: number, now: number): void {
    const { watched } = this.synchronizer.layout;
    const isTooEarly = this.#isWatched && now < this.#lastDelta + 1000 * this.synchronizer.deltaInterval;
    if (watched.length === 0 || isTooEarly) return;
    this.#isWatched = true;
    let low = 0;
    let high = 0;
    let error: { readonly cause: unknown } | null = null;
    for (let index = 0; index < watched.length; index++) {
      // An earlier state of the synchronizer, from before its authority was elsewhere, may have looked at the value.
      if (!this.#values.mayHaveChanged(watched[index]!) && this.#watched[index] !== null) continue;
      try {
        if (!this.#hasChanged(writer, index)) continue;
        if (index < 32) low |= 1 << index;
        else high |= 1 << (index - 32);
      } catch (cause) {
        error ??= { cause };
      }
    }
    if (low !== 0 || high !== 0) {
      this.#lastDelta = now;
      this.changedLow = low;
      this.changedHigh = high;
      this.delta.tick = tick;
      this.delta.start = writer.size;
      this.writeWatched(writer, low, high);
      this.delta.end = writer.size;
    }
    if (error !== null) throw error.cause;
  }

  /**
   * Writes the block of a DELTA with the watched properties of a mask, as they were when changes were looked for last.
   * Those that could never be encoded are left out; without any other, there is no block.
   */
  writeWatched(writer: VariantWriter, low: number, high: number): void {
    const start = writer.size;
    let [writtenLow, writtenHigh] = [0, 0];
    beginDeltaBlock(writer, this.netId);
    for (let index = 0; index < this.#watched.length; index++) {
      const bytes = this.#watched[index]!;
      if (bytes === null || !isInMask(index, low, high)) continue;
      writer.writeBytes(bytes);
      if (index < 32) writtenLow |= 1 << index;
      else writtenHigh |= 1 << (index - 32);
    }
    if (writtenLow === 0 && writtenHigh === 0) writer.size = start;
    else endDeltaBlock(writer, start, writtenLow, writtenHigh);
  }

  /** Writes the values of a SPAWN. Throws as `writeSync`. */
  writeSpawned(writer: VariantWriter): void {
    this.#write(writer, writer.size, this.synchronizer.layout.spawned);
  }

  /**
   * Whether the watched properties were looked at since a peer began to see them, so that it can be sent all of them.
   */
  get isWatched(): boolean {
    return this.#isWatched;
  }

  /** A peer begins to see it, and needs the present values: the next look does not wait for the interval. */
  watchAgain(): void {
    this.#isWatched = false;
  }

  /** The mask of all watched properties; both 0 when there are none. */
  get allLow(): number {
    const count = this.#watched.length;
    return count >= 32 ? -1 : ~(-1 << count);
  }

  get allHigh(): number {
    const count = this.#watched.length - 32;
    return count >= 32 ? -1 : count > 0 ? ~(-1 << count) : 0;
  }

  #hasChanged(writer: VariantWriter, index: number): boolean {
    const start = writer.size;
    this.#write(writer, start, [this.synchronizer.layout.watched[index]!]);
    const before = this.#watched[index]!;
    const bytes = writer.bytes.subarray(start, writer.size);
    writer.size = start;
    if (before !== null && isEqual(before, bytes)) return false;
    this.#watched[index] = bytes.slice();
    return true;
  }

  /** When it throws, nothing behind `start` is kept. */
  #write(writer: VariantWriter, start: number, slots: readonly number[]): void {
    const values = this.#values;
    for (const slot of slots) {
      try {
        writeCompressed(writer, values.schemaOf(slot), values.get(slot));
      } catch (error) {
        writer.size = start;
        const place = `"${values.labelOf(slot)}" of "${this.synchronizer.getPath()}"`;
        throw error instanceof TypeError ? new TypeError(`${place}: ${error.message}`, { cause: error }) : error;
      }
    }
  }
}

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}
