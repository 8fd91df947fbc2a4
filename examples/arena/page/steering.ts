import type { Vector } from '../wire.js';
import type { Keys } from './keys.js';

/** Within this distance of the pointer, in units of the field, the player slows down. */
const NEAR = 60;

/** A field on which the player can steer. */
export interface Steered {
  readonly canvas: HTMLCanvasElement;
  /** Where I was drawn last. */
  readonly me: Vector | null;
  /** The point of the field under a pointer. */
  pointAt(event: PointerEvent): Vector;
}

/** The player's direction: from keys, or from a finger or mouse held down on one of the fields. */
export class Steering {
  readonly #keys: Keys;
  #pointer: { readonly field: Steered; readonly id: number; goal: Vector } | null = null;

  constructor(keys: Keys, fields: readonly Steered[]) {
    this.#keys = keys;
    for (const field of fields) this.#listen(field);
  }

  get direction(): Vector {
    const pointer = this.#pointer;
    const me = pointer?.field.me;
    if (!pointer || !me) return this.#keys.direction;
    const x = pointer.goal.x - me.x;
    const y = pointer.goal.y - me.y;
    const scale = 1 / Math.max(NEAR, Math.hypot(x, y));
    return { x: x * scale, y: y * scale };
  }

  #listen(field: Steered): void {
    const { canvas } = field;
    canvas.addEventListener('pointerdown', (event) => {
      if (event.button !== 0 || this.#pointer !== null) return; // a second finger steers nothing
      canvas.setPointerCapture(event.pointerId);
      this.#pointer = { field, id: event.pointerId, goal: field.pointAt(event) };
    });
    canvas.addEventListener('pointermove', (event) => {
      if (this.#pointer?.id === event.pointerId) this.#pointer.goal = field.pointAt(event);
    });
    for (const end of ['pointerup', 'pointercancel', 'lostpointercapture'] as const) {
      canvas.addEventListener(end, ({ pointerId }) => {
        if (this.#pointer?.id === pointerId) this.#pointer = null;
      });
    }
  }
}
