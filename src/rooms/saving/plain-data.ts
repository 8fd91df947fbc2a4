/** Levels of nested objects and arrays. */
const DEEPEST = 100;

/**
 * Throws `TypeError` for what would not be the same after JSON: everything but null, booleans, finite numbers, strings, and arrays and plain
 * objects of these. `name` stands for the value in the message.
 */
export function checkPlainData(value: unknown, name: string): void {
  checkPlain(value, name, 0);
}

function checkPlain(value: unknown, place: string, depth: number): void {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return;
  if (typeof value === 'number' && Number.isFinite(value)) return;
  if (depth >= DEEPEST) throw new TypeError(`${place} is nested more than ${DEEPEST} levels deep`);
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) checkPlain(item, `${place}[${index}]`, depth + 1);
    return;
  }
  if (!isPlainObject(value)) throw new TypeError(`${place} is no plain data: ${nameOf(value)}`);
  for (const [name, item] of Object.entries(value)) {
    // JSON leaves the property out, which reads the same.
    if (item !== undefined) checkPlain(item, `${place}.${name}`, depth + 1);
  }
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function nameOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return typeof value === 'number' ? `${value}` : typeof value;
  return `an object of the class ${value.constructor?.name}`;
}
