import { TYPE_COUNT, typeName } from './type-name.ts';
import type { VariantType } from './variant-type.ts';

/** The type of the elements of a typed array or dictionary: a type of the engine, or objects of a class or script. */
export type ElementType = VariantType | ObjectType;

/** Objects of one class or script. Without full objects the engine writes and reads `EncodedObjectAsID` instead. */
export interface ObjectType {
  readonly kind: 'class' | 'script';
  /** The name of the class, or the path of the script: `res://player.gd`. */
  readonly name: string;
}

/** The class of all objects, unless full objects are sent (docs/engine/variant-format.md#typed-containers). */
export const OBJECT_AS_ID: ObjectType = { kind: 'class', name: 'EncodedObjectAsID' };

/** `Array[int]`, `Array[Node]`: the text between the brackets. */
export function elementTypeName(type: ElementType): string {
  return typeof type === 'number' ? typeName(type) : type.name;
}

/**
 * Returns `type`. Throws `TypeError` when it cannot be the type of elements, such as Nil, which means an untyped container.
 */
export function checkElementType(type: ElementType): ElementType {
  const fits =
    typeof type === 'number'
      ? Number.isInteger(type) && type > 0 && type < TYPE_COUNT
      : (type?.kind === 'class' || type?.kind === 'script') && typeof type.name === 'string';
  if (!fits) throw new TypeError(`${JSON.stringify(type)} is not the type of an element`);
  return type;
}
