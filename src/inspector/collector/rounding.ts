/** Rounds to two digits behind the point. */
export function hundredths(value: number | null): number | null {
  return value === null ? null : Math.round(100 * value) / 100;
}
