import type { Vector } from '../wire.js';

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

/** The direction from the keys that are held down: arrow keys and WASD. */
export class Keys {
  readonly #held = new Set<string>();

  constructor() {
    addEventListener('keydown', (event) => this.#onKey(event));
    addEventListener('keyup', ({ code }) => this.#held.delete(code));
    addEventListener('blur', () => this.#held.clear());
    addEventListener('pointerup', ({ target }) => releaseSlider(target));
  }

  get direction(): Vector {
    let x = 0;
    let y = 0;
    for (const key of this.#held) {
      x += KEYS[key]?.x ?? 0;
      y += KEYS[key]?.y ?? 0;
    }
    const length = Math.max(1, Math.hypot(x, y));
    return { x: x / length, y: y / length };
  }

  #onKey(event: KeyboardEvent): void {
    const { code, target, ctrlKey, altKey, metaKey } = event;
    if (!(code in KEYS) || hasUseFor(target, code) || ctrlKey || altKey || metaKey) return;
    event.preventDefault(); // no scrolling
    this.#held.add(code);
  }
}

/** Whether an element uses a key itself: a text field uses all keys, a slider the arrows. */
function hasUseFor(target: EventTarget | null, code: string): boolean {
  if (!(target instanceof HTMLInputElement)) return false;
  switch (target.type) {
    case 'text':
    case 'number':
      return true;
    case 'range':
      return code.startsWith('Arrow');
    default:
      return false;
  }
}

/** A slider moved by mouse or finger loses the focus again, so that the arrow keys steer. */
function releaseSlider(target: EventTarget | null): void {
  if (target instanceof HTMLInputElement && target.type === 'range') target.blur();
}
