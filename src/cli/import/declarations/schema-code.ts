import type { TypeReference } from '../script/script.ts';

/** Schemas by the types of GDScript. */
const SCHEMAS: ReadonlyMap<string, string> = new Map(
  (
    'bool=bool int=int float=float String=string StringName=stringName NodePath=nodePath Vector2=vector2 Vector2i=vector2i ' +
    'Vector3=vector3 Vector3i=vector3i Vector4=vector4 Vector4i=vector4i Rect2=rect2 Rect2i=rect2i Plane=plane ' +
    'Quaternion=quaternion AABB=aabb Basis=basis Transform2D=transform2D Transform3D=transform3D Projection=projection ' +
    'Color=color RID=rid Callable=callable Signal=signal PackedByteArray=packedByteArray PackedInt32Array=packedInt32Array ' +
    'PackedInt64Array=packedInt64Array PackedFloat32Array=packedFloat32Array PackedFloat64Array=packedFloat64Array ' +
    'PackedStringArray=packedStringArray PackedVector2Array=packedVector2Array PackedVector3Array=packedVector3Array ' +
    'PackedVector4Array=packedVector4Array PackedColorArray=packedColorArray'
  )
    .split(' ')
    .map((pair): [string, string] => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
);

/** A schema in TypeScript. */
export interface SchemaCode {
  readonly code: string;
  /** What it imports. */
  readonly names: readonly string[];
  /** Why it is the loosest one; null when it is not. */
  readonly problem: string | null;
}

/** The schema of a type. `isEnum`: whether a name is that of an enumeration. */
export function schemaCode(type: TypeReference | null, isEnum: (name: string) => boolean): SchemaCode {
  if (type === null) return loosest('has no type');
  const { name, elements } = type;
  if (name === 'Variant') return loosest('is a Variant');
  const parts = elements.map((element) => schemaCode(element, isEnum));
  if (name === 'Array') return arrayCode(parts[0]);
  if (name === 'Dictionary') return dictionaryCode(parts);
  const known = SCHEMAS.get(name) ?? (isEnum(name) ? 'int' : undefined);
  if (known !== undefined) return { code: known, names: [known], problem: null };
  return loosest(`has the type ${typeText(type)}, which is not sent as a value`);
}

function loosest(problem: string): SchemaCode {
  return { code: 'variant', names: ['variant'], problem };
}

function arrayCode(item: SchemaCode | undefined): SchemaCode {
  if (item !== undefined && item.problem === null) return combined('typedArray', [item]);
  const problem = item === undefined ? null : `has elements of which each ${item.problem}`;
  return { ...combined('array', [loosest('')]), problem };
}

function dictionaryCode([key, value]: readonly SchemaCode[]): SchemaCode {
  const isUntyped = key === undefined || value === undefined || (key.problem !== null && value.problem !== null);
  return isUntyped ? combined('dictionaryOf', [loosest(''), loosest('')]) : combined('typedDictionary', [key, value]);
}

function combined(outer: string, parts: readonly SchemaCode[]): SchemaCode {
  const code = `${outer}(${parts.map((part) => part.code).join(', ')})`;
  return { code, names: [outer, ...parts.flatMap(({ names }) => names)], problem: null };
}

/** As a script writes it. */
export function typeText({ name, elements }: TypeReference): string {
  return elements.length === 0 ? name : `${name}[${elements.map(typeText).join(', ')}]`;
}
