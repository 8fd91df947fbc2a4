/** How deep values may nest, the outermost at 0: the engine's limit, both ways (docs/engine/variant-format.md#limits-and-errors). */
export const MAX_DEPTH = 1024;

/**
 * How deep a dictionary may lie, when decoding, that has arrays or dictionaries for keys, and how deep anything may lie in
 * them: comparing keys of keys, and keys that nest, would take far more time than sending them. Ours; the engine has no such
 * limit.
 */
export const MAX_KEY_DEPTH = 16;
/** How much deeper than that what a key holds may lie. */
export const KEY_NESTING = 4;
/** How often a container may be a key of a key: each time all that it holds is compared once more. Ours, too. */
export const MAX_KEY_LEVELS = 2;
