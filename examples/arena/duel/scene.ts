import { FIELD, type Place, type Vector } from '../wire.js';

/** A dot that moves towards a goal. */
export interface Dot extends Place {
  x: number;
  y: number;
  goal: Vector;
}

/** Units of the field per second. */
const SPEED = 420;
/** The least distance between a dot's centre and the edge. */
const MARGIN = 24;
/** The number of places that are checked on the way to a goal. */
const LOOKS = 96;
/** A dot closer to the way than this is in the way. */
const BERTH = 26;
/** The distance to a steering viewer's goal. */
const REACH = 60;

/**
 * The game of both lanes. `apply` is what a game's handler does with an input: it looks along the way to the goal, past
 * all other dots, and goes around those in the way. That takes some microseconds, the same in both lanes.
 */
export class Scene {
  readonly #dots = new Map<number, Dot>();

  add(id: number, place: Vector): Dot {
    const dot: Dot = { id, x: place.x, y: place.y, goal: place };
    this.#dots.set(id, dot);
    return dot;
  }

  remove(dot: Dot): void {
    if (this.#dots.get(dot.id) === dot) this.#dots.delete(dot.id);
  }

  get places(): readonly Place[] {
    return [...this.#dots.values()];
  }

  /** Sends a dot to a goal, around the dots in the way. */
  apply(dot: Dot, goal: Vector): void {
    let nearest = BERTH ** 2;
    let inTheWay: Dot | null = null;
    const stepX = (goal.x - dot.x) / LOOKS;
    const stepY = (goal.y - dot.y) / LOOKS;
    for (const other of this.#dots.values()) {
      if (other === dot) continue;
      let x = dot.x;
      let y = dot.y;
      for (let look = 0; look < LOOKS; look++) {
        x += stepX;
        y += stepY;
        const distance = (other.x - x) ** 2 + (other.y - y) ** 2;
        if (distance >= nearest) continue;
        nearest = distance;
        inTheWay = other;
      }
    }
    dot.goal = inTheWay === null ? goal : around(goal, dot, inTheWay);
  }

  /** As `apply`, for a direction. */
  steer(dot: Dot, { x, y }: Vector): void {
    if (x === 0 && y === 0) dot.goal = { x: dot.x, y: dot.y };
    else this.apply(dot, { x: dot.x + x * REACH, y: dot.y + y * REACH });
  }

  step(seconds: number): void {
    for (const dot of this.#dots.values()) {
      const x = dot.goal.x - dot.x;
      const y = dot.goal.y - dot.y;
      const distance = Math.hypot(x, y);
      const share = distance > 0 ? Math.min(1, (SPEED * seconds) / distance) : 0;
      dot.x = clamp(dot.x + x * share, FIELD.width);
      dot.y = clamp(dot.y + y * share, FIELD.height);
    }
  }
}

/** The goal, moved away from the dot in the way. */
function around(goal: Vector, { x, y }: Vector, other: Vector): Vector {
  const wayX = goal.x - x;
  const wayY = goal.y - y;
  const length = Math.max(1, Math.hypot(wayX, wayY));
  const side = wayX * (other.y - y) - wayY * (other.x - x) > 0 ? 1 : -1;
  return { x: goal.x + (side * wayY * BERTH) / length, y: goal.y - (side * wayX * BERTH) / length };
}

function clamp(value: number, size: number): number {
  return Math.min(Math.max(value, MARGIN), size - MARGIN);
}
