import type { VariantType } from './variant-type.ts';

/** Whether the components of a type are 32-bit integers: of those named with an i. */
export function isInteger(type: VariantType): boolean {
  return type === 6 || type === 8 || type === 10 || type === 13;
}

/** Components of the types 5 to 20 and 35 to 38: how many there are in one value, or 0. */
export function componentsOf(type: VariantType): number {
  return COUNTS[type] ?? 0;
}

const COUNTS: readonly number[] = [
  0, 0, 0, 0, 0, 2, 2, 4, 4, 3, 3, 6, 4, 4, 4, 4, 6, 9, 12, 16, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 3, 4, 4,
];
