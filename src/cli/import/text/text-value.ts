/** A value in a scene, a resource, the project's settings or a constant of a script, as far as it can be told. */
export type TextValue =
  | { readonly kind: 'null' }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'int' | 'float'; readonly value: number }
  | { readonly kind: 'string' | 'name' | 'path'; readonly text: string }
  | { readonly kind: 'array'; readonly items: readonly TextValue[] }
  | { readonly kind: 'dictionary'; readonly size: number }
  /** `Vector2(1, 2)`, `ExtResource("1")`. The numbers of long packed arrays are not kept. */
  | { readonly kind: 'call'; readonly name: string; readonly parts: readonly TextValue[] };

/** The text of a string, a StringName or a NodePath; null for other values. */
export function textOf(value: TextValue | undefined): string | null {
  return value !== undefined && 'text' in value ? value.text : null;
}

export function numberOf(value: TextValue | undefined): number | null {
  return value?.kind === 'int' || value?.kind === 'float' ? value.value : null;
}

export function boolOf(value: TextValue | undefined): boolean | null {
  return value?.kind === 'bool' ? value.value : null;
}

/** The argument of `name("…")`; null for other values. */
export function argumentOf(value: TextValue | undefined, name: string): string | null {
  return value?.kind === 'call' && value.name === name ? textOf(value.parts[0]) : null;
}

/** The texts of `PackedStringArray("…", "…")` or `["…", "…"]`; null for other values. */
export function textsOf(value: TextValue | undefined): string[] | null {
  const isPacked = value?.kind === 'call' && value.name === 'PackedStringArray';
  const items = isPacked ? value.parts : value?.kind === 'array' ? value.items : null;
  if (items === null) return null;
  const texts = items.map(textOf);
  return texts.every((text) => text !== null) ? texts : null;
}
