const single = new Float32Array(1);
const bits = new Uint32Array(single.buffer);

/** The 16 bits of the half-precision number nearest to `value`, ties to even; what is too large becomes infinity. IEEE 754. */
export function toHalfBits(value: number): number {
  const magnitude = Math.abs(value);
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  if (Number.isNaN(value)) return 0x7e00;
  if (magnitude >= 65_520) return sign | 0x7c00;
  // Below the smallest normal number, all that is left is a count of 2^-24.
  if (magnitude < 2 ** -14) return sign | roundToEven(magnitude * 2 ** 24);
  let exponent = Math.floor(Math.log2(magnitude));
  // log2 is not exact next to a power of two.
  if (2 ** exponent > magnitude) exponent--;
  else if (2 ** (exponent + 1) <= magnitude) exponent++;
  // A mantissa that rounds up to 1,024 carries into the exponent, which is what the sum does.
  return sign | (((exponent + 15) << 10) + roundToEven((magnitude / 2 ** exponent - 1) * 1024));
}

/** The number that 16 half-precision bits stand for. */
export function fromHalfBits(half: number): number {
  const exponent = (half >>> 10) & 0x1f;
  const mantissa = half & 0x3ff;
  if (exponent === 0) return (half & 0x8000 ? -1 : 1) * mantissa * 2 ** -24;
  // The same number as a single: exponent 31 (infinity, NaN) becomes 255, the others move by the difference of the biases.
  bits[0] = ((half & 0x8000) << 16) | ((exponent === 31 ? 255 : exponent + 112) << 23) | (mantissa << 13);
  return single[0] ?? 0;
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}
