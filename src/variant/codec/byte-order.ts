const IS_LITTLE_ENDIAN: boolean = /* @__PURE__ */ (() => new Uint8Array(Uint16Array.of(1).buffer)[0] === 1)();

/** Converts numbers of `width` bytes in `bytes[start, end)` between the machine's order and little-endian. */
export function toLittleEndian(bytes: Uint8Array, start: number, end: number, width: number): void {
  if (!IS_LITTLE_ENDIAN) reverseEach(bytes, start, end, width);
}

/** Reverses every `width` bytes of `bytes[start, end)`. */
export function reverseEach(bytes: Uint8Array, start: number, end: number, width: number): void {
  for (let at = start; at < end; at += width) bytes.subarray(at, at + width).reverse();
}
