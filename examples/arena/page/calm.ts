import { element } from './element.js';

/** Whether the page moves little: one picture a second, and no trails. On by default for users who prefer reduced motion. */
export class Calm {
  readonly #box = element('calm', HTMLInputElement);

  constructor() {
    this.#box.checked = matchMedia('(prefers-reduced-motion: reduce)').matches;
  }

  get isOn(): boolean {
    return this.#box.checked;
  }

  /** Milliseconds between two pictures at least. */
  get drawInterval(): number {
    return this.isOn ? 1000 : 0;
  }
}
