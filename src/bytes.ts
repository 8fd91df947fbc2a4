/**
 * Whether `value` is a `Uint8Array` (a `Buffer` is one), also one of another realm: of `node:vm`, a frame, or a test runner that
 * gives every file its own globals.
 */
export function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array || (ArrayBuffer.isView(value) && tagOf(value) === '[object Uint8Array]');
}

/**
 * Whether `value` is a `Map`, also one of another realm. A plain object of this realm is told by its prototype: its tag is
 * slow to read, and it may have one of its own.
 */
export function isMap(value: unknown): value is Map<unknown, unknown> {
  if (value instanceof Map) return true;
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) === Object.prototype) return false;
  return tagOf(value) === '[object Map]';
}

function tagOf(value: object): string {
  return Object.prototype.toString.call(value);
}
