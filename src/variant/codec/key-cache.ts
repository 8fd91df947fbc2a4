/**
 * A cache of recently encoded keys of plain objects, with their string blocks. A game has few keys and repeats them: without
 * the cache, a state of small objects takes an eighth longer.
 */
const LONGEST = 16;
const SLOTS = 256;
/** Words of a slot: the length of the text in bytes, then the text. */
const STRIDE = 1 + LONGEST / 4;
const keys: string[] = /* @__PURE__ */ new Array(SLOTS).fill('');
const words = /* @__PURE__ */ new Int32Array(SLOTS * STRIDE);

/** Room for the string block of any cached key. Bytes. */
export const KEY_ROOM: number = 4 * STRIDE;

/** Writes the string block of `key` into `view` at `at`, and returns where it ends; -1 when the key is not cached. */
export function writeKnownKey(view: DataView, at: number, key: string): number {
  const slot = slotOf(key);
  if (keys[slot] !== key) return -1;
  const from = slot * STRIDE;
  const length = words[from]!;
  view.setInt32(at, length, true);
  const count = (length + 3) >> 2;
  for (let i = 1; i <= count; i++) view.setInt32(at + 4 * i, words[from + i]!, true);
  return at + 4 + 4 * count;
}

/** Caches the string block of `key`, which is in `view` at `at`, unless it is longer than `LONGEST`. */
export function rememberKey(view: DataView, at: number, key: string): void {
  const length = view.getInt32(at, true);
  if (length > LONGEST) return;
  const slot = slotOf(key);
  const from = slot * STRIDE;
  keys[slot] = key;
  for (let offset = 0; offset < 4 + length; offset += 4) words[from + offset / 4] = view.getInt32(at + offset, true);
}

function slotOf(key: string): number {
  const { length } = key;
  return length === 0 ? 0 : (31 * key.charCodeAt(0) + 7 * key.charCodeAt(length - 1) + length) & (SLOTS - 1);
}
