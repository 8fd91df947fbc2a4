import { isFailure } from '../../failure.ts';
import { type Schema, VariantValue } from '../../variant/index.ts';

/** A property of a scene: its place among all properties of an instance is its slot. */
export interface PropertySlot {
  readonly schema: Schema<unknown>;
  readonly initial: unknown;
  /** As declared, for messages. */
  readonly label: string;
}

/** The values of all replicated properties of one instance of a scene. */
export class PropertyValues {
  readonly #slots: readonly PropertySlot[];
  readonly #values: unknown[];
  /** By slot: whether it was set since the synchronizer last looked for changes. */
  readonly #isSet: boolean[];

  constructor(slots: readonly PropertySlot[]) {
    this.#slots = slots;
    this.#values = slots.map(firstValue);
    this.#isSet = slots.map(() => true);
  }

  get(slot: number): unknown {
    return this.#values[slot];
  }

  /** Sets a value for the program. Throws `TypeError` when it does not match the declaration. */
  set(slot: number, value: unknown): void {
    if (value === this.#values[slot]) return;
    const { schema, label } = this.#slots[slot]!;
    const mismatch = schema.check(value);
    if (mismatch !== null) throw new TypeError(`"${label}": ${mismatch.message}`);
    this.put(slot, value);
  }

  /** Sets a value that was read by the schema. */
  put(slot: number, value: unknown): void {
    this.#values[slot] = value;
    this.#isSet[slot] = true;
  }

  schemaOf(slot: number): Schema<unknown> {
    return this.#slots[slot]!.schema;
  }

  labelOf(slot: number): string {
    return this.#slots[slot]!.label;
  }

  /** Whether the value may have changed since the last call: it was set, or its contents can change in place. */
  mayHaveChanged(slot: number): boolean {
    const wasSet = this.#isSet[slot]!;
    this.#isSet[slot] = false;
    return wasSet || isMutable(this.#values[slot]);
  }
}

/** Whether the contents of a value can change while it stays the same value: arrays, dictionaries, packed arrays. */
export function isMutable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !(value instanceof VariantValue);
}

/** The first value of a property; a copy if it can change, so that instances do not share it. */
function firstValue({ schema, initial }: PropertySlot): unknown {
  if (!isMutable(initial)) return initial;
  const copy = schema.decode(schema.encode(initial));
  // What a schema has encoded, it decodes.
  if (isFailure(copy)) throw new TypeError(copy.message);
  return copy.value;
}
