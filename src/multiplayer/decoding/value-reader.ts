import { type Failure, isFailure } from '../../failure.ts';
import { variant } from '../../variant/index.ts';
import { badPacket } from '../wire/bad-packet.ts';
import { CompressedReader } from '../wire/compressed-variant.ts';
import type { DecodedProperty } from './decoded-packet.ts';

/** Reads consecutive values of any types. */
export class ValueReader {
  readonly #reader = new CompressedReader();

  /** The values from `start` to `end`. Objects are read as the game sends them: as ids, or in full. */
  read(packet: Uint8Array, start: number, end: number): DecodedProperty[] | Failure {
    const values = this.#tryRead(packet, start, end, false);
    if (!isFailure(values)) return values;
    const withObjects = this.#tryRead(packet, start, end, true);
    return isFailure(withObjects) ? values : withObjects;
  }

  #tryRead(packet: Uint8Array, start: number, end: number, allowsObjects: boolean): DecodedProperty[] | Failure {
    const reader = this.#reader;
    const values: DecodedProperty[] = [];
    reader.begin(packet, start, end, allowsObjects);
    while (reader.at < end) {
      const { at } = reader;
      const value = reader.read(variant);
      if (reader.failure !== null || value === undefined)
        return badPacket(`the value ${values.length + 1}: ${reader.failure}`);
      values.push({ name: null, value, size: reader.at - at });
    }
    return values;
  }
}

/** Each value with its name, or all without names when their number is another one. */
export function withNames(
  values: readonly DecodedProperty[],
  names: readonly (string | null)[],
): readonly DecodedProperty[] {
  if (names.length !== values.length) return values;
  return values.map(({ value, size }, index) => ({ name: names[index] ?? null, value, size }));
}
