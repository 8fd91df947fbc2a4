import { type Failure, isFailure } from '../../failure.ts';
import type { MultiplayerSynchronizer } from '../nodes/multiplayer-synchronizer.ts';
import { readConverted } from '../rpc/argument-conversion.ts';
import { CompressedReader } from '../wire/compressed-variant.ts';

/** Values that have arrived for a synchronizer, and are not set yet. */
export interface ReadValues {
  readonly slots: readonly number[];
  readonly values: readonly unknown[];
}

/** Reads the values of SPAWN, SYNC and DELTA by the schemas of the properties. */
export class RemoteState {
  /** Null while it is in use: a schema's test function may call `poll`. */
  #idleReader: CompressedReader | null = new CompressedReader(readConverted);

  /** The values of `slots` from `start`; `end` of them is where the next ones begin. */
  readPart(
    { instance }: MultiplayerSynchronizer,
    slots: readonly number[],
    packet: Uint8Array,
    start: number,
    end: number,
  ): { readonly values: readonly unknown[]; readonly end: number } | Failure {
    const reader = this.#idleReader ?? new CompressedReader(readConverted);
    this.#idleReader = null;
    reader.begin(packet, start, end, false);
    const values: unknown[] = [];
    let failure: string | null = null;
    for (const slot of slots) {
      const value = reader.read(instance.values.schemaOf(slot));
      failure = reader.failure;
      if (failure !== null) {
        failure = `"${instance.values.labelOf(slot)}": ${failure}`;
        break;
      }
      values.push(value);
    }
    const { at } = reader;
    this.#idleReader = reader;
    return failure === null ? { values, end: at } : mismatch(failure);
  }

  /** The values of `slots`, which are all from `start` to `end`. */
  readAll(
    synchronizer: MultiplayerSynchronizer,
    slots: readonly number[],
    packet: Uint8Array,
    start: number,
    end: number,
  ): ReadValues | Failure {
    const part = this.readPart(synchronizer, slots, packet, start, end);
    if (isFailure(part)) return part;
    if (part.end !== end) return mismatch(`${end - part.end} bytes follow the ${slots.length} values`);
    return { slots, values: part.values };
  }
}

/** Sets values that were read. */
export function setValues({ instance }: MultiplayerSynchronizer, { slots, values }: ReadValues): void {
  for (const [index, slot] of slots.entries()) instance.values.put(slot, values[index]);
}

function mismatch(message: string): Failure {
  return { code: 'TICKPEER_REPLICATION_STATE', message };
}
