import type { Variant } from './variant.ts';

let made = 0;

/**
 * An object with its class and its properties (docs/engine/variant-format.md#objects). Decoded only with `allowObjects`,
 * encoded only with `fullObjects`: a receiving engine makes an object of that class and runs the script that it names, so
 * never accept one from an untrusted sender.
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

  /** For messages: `<RefCounted#1>`. Every object has its own number. */
  toString(): string {
    return `<${this.className}#${this.#serial}>`;
  }
}
