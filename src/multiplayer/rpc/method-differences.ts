import type { Failure } from '../../failure.ts';
import type { DeclaredNode } from './node-registry.ts';

type Methods = DeclaredNode['table'];

/** The declarations whose methods differ from those of another peer, and the paths where they differ. */
export class MethodDifferences {
  /** The paths by declaration, whether the peer or this side has numbered them. */
  readonly #paths = new Map<Methods, Set<string>>();
  /** Declarations that differ at a path that is not stored. They stay until the peer disconnects. */
  readonly #lasting = new Set<Methods>();

  get isEmpty(): boolean {
    return this.#paths.size === 0 && this.#lasting.size === 0;
  }

  /** Whether the methods of the declaration differ at any path. */
  has(methods: Methods): boolean {
    return this.#paths.has(methods) || this.#lasting.has(methods);
  }

  /** The paths where they differ, and the methods of those whose path is not stored, for the inspector. */
  get places(): string[] {
    const lasting = [...this.#lasting].map(({ scriptNames }) => `(methods ${scriptNames.join(', ')})`);
    return [...[...this.#paths.values()].flatMap((paths) => [...paths]), ...lasting];
  }

  add({ path, table }: DeclaredNode): void {
    const paths = this.#paths.get(table);
    if (paths === undefined) this.#paths.set(table, new Set([path]));
    else paths.add(path);
  }

  /** Records that the methods at the node are equal now. */
  remove({ path, table }: DeclaredNode): void {
    const paths = this.#paths.get(table);
    if (paths?.delete(path) === true && paths.size === 0) this.#paths.delete(table);
  }

  /** Records a difference at a path that is not stored: the whole declaration counts as different from now on. */
  addWithoutPath(node: DeclaredNode): void {
    this.remove(node);
    this.#lasting.add(node.table);
  }

  /** Removes a path; its declaration still counts as different. */
  forgetPath(path: string): void {
    for (const [table, paths] of this.#paths) if (paths.has(path)) this.addWithoutPath({ path, table });
  }
}

/** The failure for methods that differ. */
export function checksumFailure(message: string): Failure {
  return { code: 'TICKPEER_RPC_CHECKSUM', message };
}
