import { VariantType } from './variant-type.ts';
import { VariantValue } from './variant-value.ts';

/** The engine's `&"name"`. As a key of a `Dictionary` it is the same as the string. */
export class StringName extends VariantValue {
  readonly text: string;

  constructor(text = '') {
    super();
    this.text = `${text}`;
  }

  get variantType(): VariantType.TYPE_STRING_NAME {
    return VariantType.TYPE_STRING_NAME;
  }

  toArray(): string[] {
    return [this.text];
  }

  toJSON(): string {
    return this.text;
  }

  /** The text. */
  override toString(): string {
    return this.text;
  }
}
