/** A part of a file, or `unsatisfiable` for one behind its end (RFC 9110 14.1.2). */
export type ByteRange = { readonly start: number; readonly end: number } | 'unsatisfiable';

/** The range that a `Range` header asks of `size` bytes, its end included; null for one that is ignored: several ranges, other units. */
export function byteRange(header: string | undefined, size: number): ByteRange | null {
  const [, first, last] = /^bytes=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return null;
  if (first === '') {
    const count = Math.min(Number(last), size);
    return count === 0 ? 'unsatisfiable' : { start: size - count, end: size - 1 };
  }
  const start = Number(first);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== '' && Number(last) < start) return null;
  return start >= size ? 'unsatisfiable' : { start, end };
}
