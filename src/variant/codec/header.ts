/**
 * The 32 bits before every Variant (docs/engine/variant-format.md#the-header). An enum, because both builds write its
 * members as numbers; a function that returns the type made decoding 8 % slower.
 */
export enum Header {
  TYPE_MASK = 0xff,
  /** The numbers that follow have 64 bits. For an object: its instance id follows. */
  WIDE = 0x1_0000,
  /** Where the `ElementKind` of an array's elements, or of a dictionary's keys, begins. */
  KIND_SHIFT = 16,
  /** Where the `ElementKind` of a dictionary's values begins. */
  VALUE_KIND_SHIFT = 18,
  KIND_MASK = 3,
}

/** What a header says about the type of a container's elements (docs/engine/variant-format.md#typed-containers). */
export enum ElementKind {
  ANY = 0,
  BUILT_IN = 1,
  CLASS = 2,
  SCRIPT = 3,
}

/** Bits in the words of a NodePath (docs/engine/variant-format.md#strings-string-names-node-paths). */
export enum NodePathBits {
  /** First word: always set. */
  FORMAT = 0x8000_0000,
  /** First word: the number of names. */
  COUNT_MASK = 0x7fff_ffff,
  /** Third word. */
  ABSOLUTE = 1,
  /** Third word, of engines before 4: one more sub-name follows. */
  MORE_SUBNAMES = 2,
}
