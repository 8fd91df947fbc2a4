import { join } from '../nodes/node-path.ts';

/**
 * Gives nodes names that are free: a name that is taken gets the next free number at its end, as the engine renames a
 * second `Player` to `Player2`. Remembers how far the numbers are taken, so that a thousand nodes of one name do not
 * try a thousand names each.
 */
export class FreeNames {
  /** By the path without its number, and by the number that was asked for: the first number that may be free. */
  readonly #next = new Map<string, Map<string, bigint>>();
  readonly #isTaken: (path: string) => boolean;

  constructor(isTaken: (path: string) => boolean) {
    this.#isTaken = isTaken;
  }

  /** A free name below `parent`, which is to be used. */
  choose(parent: string, name: string): string {
    const path = join(parent, name);
    if (!this.#isTaken(path)) return name;
    const { stem, digits } = split(path);
    const ofStem = this.#next.get(stem) ?? new Map<string, bigint>();
    let number = ofStem.get(digits) ?? firstAfter(digits);
    // Leading zeros stay, and a name may have more digits than a number can hold.
    while (this.#isTaken(stem + padded(number, digits))) number++;
    this.#next.set(stem, ofStem.set(digits, number + 1n));
    return name.slice(0, name.length - digits.length) + padded(number, digits);
  }

  /** The path of a node is free again. */
  release(path: string): void {
    if (this.#next.size === 0) return;
    const { stem, digits } = split(path);
    const ofStem = this.#next.get(stem);
    if (ofStem === undefined || digits === '') return;
    const number = BigInt(digits);
    for (const [asked, next] of ofStem) {
      if (number >= next || number < firstAfter(asked)) continue;
      if (number === firstAfter(asked)) ofStem.delete(asked);
      else ofStem.set(asked, number);
    }
    if (ofStem.size === 0) this.#next.delete(stem);
  }
}

function split(path: string): { readonly stem: string; readonly digits: string } {
  const digits = /[0-9]*$/.exec(path)![0];
  return { stem: path.slice(0, path.length - digits.length), digits };
}

function firstAfter(digits: string): bigint {
  return digits === '' ? 2n : BigInt(digits) + 1n;
}

function padded(number: bigint, digits: string): string {
  return String(number).padStart(digits.length, '0');
}
