import type { Variant } from './variant.ts';

let made = 0;

/**
 * An object with its class and its properties (docs/engine/variant-format.md#objects). Decoded only with `allowObjects`, encoded only with `fullObjects`:
 * a receiving engine makes an object of that class and runs the script it names, so never take one from a stranger.
 */
export class FullObject {
  /** The engine's class: `RefCounted`. Not empty. */
  readonly className: string;
  /** The stored properties, in order. `script` is a path that begins with `res://`, or null. */
  readonly properties: Map<string, Variant>;
  readonly #serial: number = ++made;

  constructor(className: string, properties: Iterable<readonly [string, Variant]> = []) {
    if (className === '') throw new RangeError('an object needs a class');
    this.className = className;
    this.properties = new Map(properties);
  }

  /** For people: `<RefCounted#1>`. Every object has another number. */
  toString(): string {
    return `<${this.className}#${this.#serial}>`;
  }
}
