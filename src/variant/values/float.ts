import { VariantType } from './variant-type.ts';
import { real, VariantValue } from './variant-value.ts';

/**
 * A FLOAT with an integer value: `new Float(1)` is the engine's `1.0`, the number `1` is its `1`.
 *
 * Arithmetic and `<` work as with a number (`new Float(1) + 1 === 2`), but for `===` and `typeof` it is an object: `value`
 * is the number. Numbers with a fraction, NaN, the infinities, -0, and integers from 2^53 on are encoded as FLOAT without
 * it.
 */
export class Float extends VariantValue {
  readonly value: number;

  constructor(value: number) {
    super();
    this.value = real(value);
  }

  get variantType(): VariantType.TYPE_FLOAT {
    return VariantType.TYPE_FLOAT;
  }

  toArray(): number[] {
    return [this.value];
  }

  override valueOf(): number {
    return this.value;
  }

  toJSON(): number {
    return this.value;
  }

  /** As the engine prints it: `1.0`. */
  override toString(): string {
    const text = String(this.value);
    return /^-?\d+$/.test(text) ? `${text}.0` : text;
  }
}
