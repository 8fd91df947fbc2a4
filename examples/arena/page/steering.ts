import type { Vector } from '../wire.js';
import type { Field } from './field.js';

const KEYS: Readonly<Record<string, Vector>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
  KeyA: { x: -1, y: 0 },
  KeyD: { x: 1, y: 0 },
  KeyW: { x: 0, y: -1 },
  KeyS: { x: 0, y: 1 },
};

/** Closer than this to the pointer, in units of the field, one slows down. */
const NEAR = 60;

/** Where the player wants to go: arrow keys, WASD, or a finger or mouse held down on the field. */
export class Steering {
  readonly #field: Field;
  readonly #keys = new Set<string>();
  #goal: Vector | null = null;

  constructor(canvas: HTMLCanvasElement, field: Field) {
    this.#field = field;
    addEventListener('keydown', (event) => this.#onKey(event));
    addEventListener('keyup', ({ code }) => this.#keys.delete(code));
    addEventListener('blur', () => this.#keys.clear());
    canvas.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      this.#goal = field.pointAt(event);
    });
    canvas.addEventListener('pointermove', (event) => {
      if (this.#goal !== null) this.#goal = event.buttons === 0 ? null : field.pointAt(event);
    });
    for (const end of ['pointerup', 'pointercancel'] as const) {
      canvas.addEventListener(end, () => {
        this.#goal = null;
      });
    }
  }

  get direction(): Vector {
    const { me } = this.#field;
    if (this.#goal !== null && me !== null) {
      const way = { x: this.#goal.x - me.x, y: this.#goal.y - me.y };
      return scale(way, 1 / Math.max(NEAR, length(way)));
    }
    let sum: Vector = { x: 0, y: 0 };
    for (const key of this.#keys) {
      const { x, y } = KEYS[key] ?? { x: 0, y: 0 };
      sum = { x: sum.x + x, y: sum.y + y };
    }
    return scale(sum, 1 / Math.max(1, length(sum)));
  }

  #onKey(event: KeyboardEvent): void {
    const { code, target, ctrlKey, altKey, metaKey } = event;
    // Sliders and text fields have a use of their own for these keys.
    if (!(code in KEYS) || target instanceof HTMLInputElement || ctrlKey || altKey || metaKey) return;
    event.preventDefault(); // no scrolling
    this.#keys.add(code);
  }
}

function length({ x, y }: Vector): number {
  return Math.hypot(x, y);
}

function scale({ x, y }: Vector, factor: number): Vector {
  return { x: x * factor, y: y * factor };
}
