import { expect, test } from 'vitest';
import { checkElementType, elementTypeName } from './element-type.ts';
import { VariantType } from './variant-type.ts';

const NODE = { kind: 'class', name: 'Node' } as const;
const SCRIPT = { kind: 'script', name: 'res://player.gd' } as const;
const LAST = Math.max(...Object.values(VariantType).filter((type) => typeof type === 'number'));

test.each([VariantType.TYPE_BOOL, LAST as VariantType, NODE, SCRIPT])('%j can be the type of elements', (type) => {
  expect(checkElementType(type)).toBe(type);
});

test.each([0, -1, 1.5, LAST + 1, null, undefined, { kind: 'other', name: 'a' }, { kind: 'class' }, 'int'])(
  '%j cannot',
  (type) => {
    expect(() => checkElementType(type as never)).toThrow(TypeError);
  },
);

test('the name of a type is the engine’s, that of objects their own', () => {
  expect([VariantType.TYPE_INT, NODE, SCRIPT].map(elementTypeName)).toEqual(['int', 'Node', 'res://player.gd']);
});
