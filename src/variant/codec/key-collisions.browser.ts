// A browser does not check for keys that were chosen to collide, so that its bundle stays small (docs/platforms.md).

/** No dictionary is checked. */
export const FEWEST_KEYS: number = Number.POSITIVE_INFINITY;

/** Never constructed. */
export class KeyCollisions {
  // biome-ignore lint/complexity/noUselessConstructor: it takes what Node's takes
  constructor(_count: number) {}

  allows(_key: unknown): boolean {
    return true;
  }
}
