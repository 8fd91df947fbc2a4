// A page does not check for keys that were chosen to collide: its messages are small, and its code is to be. docs/platforms.md.

/** No dictionary is looked at. */
export const FEWEST_KEYS: number = Number.POSITIVE_INFINITY;

/** The keys of one dictionary: never made. */
export class KeyCollisions {
  // biome-ignore lint/complexity/noUselessConstructor: it takes what Node's takes
  constructor(_count: number) {}

  allows(_key: unknown): boolean {
    return true;
  }
}
