/** Shared, because it cannot be changed. */
export const NO_BYTES: Uint8Array<ArrayBuffer> = new Uint8Array(0);

/**
 * Whether `value` is a `Uint8Array` (a `Buffer` is one), also one of another realm: of `node:vm`, a frame, or a test runner with
 * separate globals for every file.
 */
export function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array || (ArrayBuffer.isView(value) && tagOf(value) === '[object Uint8Array]');
}

/**
 * Whether `value` is a `Map`, also one of another realm. A plain object of this realm is recognized by its prototype, because
 * reading its tag is slow and can run code of its own.
 */
export function isMap(value: unknown): value is Map<unknown, unknown> {
  if (value instanceof Map) return true;
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) === Object.prototype) return false;
  return tagOf(value) === '[object Map]';
}

/** Whether `value` is an `Error`, also one of another realm, as Node's errors are in a test runner with a realm per file. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || (typeof value === 'object' && value !== null && tagOf(value) === '[object Error]');
}

/** Whether `value` is a `Float32Array`, also one of another realm. */
export function isFloat32Array(value: unknown): value is Float32Array {
  return ArrayBuffer.isView(value) && tagOf(value) === '[object Float32Array]';
}

/** Whether `value` is a `Float64Array`, also one of another realm. */
export function isFloat64Array(value: unknown): value is Float64Array {
  return ArrayBuffer.isView(value) && tagOf(value) === '[object Float64Array]';
}

function tagOf(value: object): string {
  return Object.prototype.toString.call(value);
}
