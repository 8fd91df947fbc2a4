// Browsers do not check for keys that were chosen to collide, to keep the bundle small (docs/platforms.md).

/** No dictionary is checked. */
export const FEWEST_KEYS: number = Number.POSITIVE_INFINITY;

/** Never constructed. */
export class KeyCollisions {
  // biome-ignore lint/complexity/noUselessConstructor: the same parameters as in the file for Node
  constructor(_count: number) {}

  allows(_key: unknown): boolean {
    return true;
  }
}
