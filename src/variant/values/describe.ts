import { typeName } from './type-name.ts';
import { variantTypeOf } from './variant.ts';

/** Describes a value for messages: `String`, `float 1.5`, `undefined`, `[object Date]`. */
export function describe(value: unknown): string {
  const type = variantTypeOf(value);
  if (type === null) return typeof value === 'object' ? Object.prototype.toString.call(value) : typeof value;
  return typeof value === 'number' ? `${typeName(type)} ${value}` : typeName(type);
}
