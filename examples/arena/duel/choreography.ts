import { FIELD, type Vector } from '../wire.js';

/** How many dots there are: connections of the storm's, to each lane. */
export const DOTS = 72;
const RINGS = 3;
const PER_RING = DOTS / RINGS;

/**
 * Where a dot is to be after so many seconds: three rings that turn against each other. Steady ways, on which a late tick is seen at once.
 */
export function placeOf(number: number, seconds: number): Vector {
  const ring = number % RINGS;
  const turn = (ring % 2 === 0 ? 1 : -1) * (0.62 - 0.12 * ring);
  const angle = (Math.floor(number / RINGS) / PER_RING) * 2 * Math.PI + turn * seconds;
  const radius = 0.16 + 0.125 * ring + 0.015 * Math.sin(3 * angle + seconds);
  return {
    x: FIELD.width * (0.5 + radius * Math.cos(angle)),
    y: FIELD.height * (0.5 + radius * Math.sin(angle)),
  };
}
