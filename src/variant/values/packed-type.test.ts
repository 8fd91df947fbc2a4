import { expect, test } from 'vitest';
import { isPacked } from './packed-type.ts';
import { TYPE_COUNT, typeName } from './type-name.ts';
import { VariantType } from './variant-type.ts';

test('the packed types are those whose name says so, and every type has a name', () => {
  const types = Object.values(VariantType).filter((value) => typeof value === 'number');
  expect(types).toHaveLength(TYPE_COUNT);
  for (const type of types) expect(isPacked(type)).toBe(typeName(type).startsWith('Packed'));
});
