/**
 * How deep values may nest, the outermost at depth 0. The engine's limit, for encoding and decoding
 * (docs/engine/variant-format.md#limits-and-errors).
 */
export const MAX_DEPTH = 1024;

/**
 * The greatest depth at which an array or a dictionary may be a key, when decoding. Keys are compared by everything in them,
 * so that comparing deeply nested keys would take far more time than sending them. The engine has no such limit.
 */
export const MAX_KEY_DEPTH = 16;
/** How much deeper than `MAX_KEY_DEPTH` the contents of a key may be. */
export const KEY_NESTING = 4;
/**
 * How many levels of keys may be containers: a key, and a key of a key. Each level compares all its contents once more. The
 * engine has no such limit.
 */
export const MAX_KEY_LEVELS = 2;
