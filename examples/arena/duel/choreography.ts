import { FIELD, type Vector } from '../wire.js';

/** The number of dots, and of connections of the bursts to each lane. */
export const DOTS = 72;
const RINGS = 3;
const PER_RING = DOTS / RINGS;

/**
 * A dot's place after a number of seconds: three rings that turn against each other. The motion is steady, so a late tick is visible.
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
