interface Setting {
  readonly id: number;
  readonly isRecursive: boolean;
}

/**
 * The authority of each node: the server, unless it was set (`Node.set_multiplayer_authority`). Who may call a method is decided in
 * rpc/rpc-receiver.ts.
 */
export class Authorities {
  readonly #settings = new Map<string, Setting>();

  set(path: string, id: number, isRecursive: boolean): void {
    // A recursive setting replaces those of the nodes below, as in the engine's tree.
    if (isRecursive) {
      for (const other of this.#settings.keys()) if (isBelow(other, path)) this.#settings.delete(other);
    }
    this.#settings.set(path, { id, isRecursive });
  }

  delete(path: string): void {
    this.#settings.delete(path);
  }

  /** Calls `set` with each setting, outer nodes before those below. */
  repeat(set: (path: string, id: number, isRecursive: boolean) => void): void {
    for (const [path, { id, isRecursive }] of this.#settings) set(path, id, isRecursive);
  }

  get(path: string): number {
    if (this.#settings.size === 0) return 1;
    const own = this.#settings.get(path);
    if (own !== undefined) return own.id;
    for (let above = parentOf(path); above !== null; above = parentOf(above)) {
      const setting = this.#settings.get(above);
      if (setting?.isRecursive) return setting.id;
    }
    return 1;
  }
}

function isBelow(path: string, above: string): boolean {
  return path !== above && (above === '.' || path.startsWith(`${above}/`));
}

/** The path of the parent; null for the root, `.`. */
function parentOf(path: string): string | null {
  if (path === '.') return null;
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '.' : path.slice(0, slash);
}
