import type { Failure } from '../../failure.ts';
import type { DeclaredNode } from './node-registry.ts';

type Methods = DeclaredNode['table'];

/** The declarations whose methods another peer has otherwise, and at which paths. */
export class MethodDifferences {
  /** The paths, each once: those that the peer has numbered, and those that we have. */
  readonly #paths = new Map<Methods, Set<string>>();
  /** Declarations that differ at a path of which nothing else is kept: until the peer leaves. */
  readonly #lasting = new Set<Methods>();

  get isEmpty(): boolean {
    return this.#paths.size === 0 && this.#lasting.size === 0;
  }

  /** Whether the methods of the declaration differ at one path at least. */
  has(methods: Methods): boolean {
    return this.#paths.has(methods) || this.#lasting.has(methods);
  }

  add({ path, table }: DeclaredNode): void {
    const paths = this.#paths.get(table);
    if (paths === undefined) this.#paths.set(table, new Set([path]));
    else paths.add(path);
  }

  /** The methods at the node are the same now. */
  remove({ path, table }: DeclaredNode): void {
    const paths = this.#paths.get(table);
    if (paths?.delete(path) === true && paths.size === 0) this.#paths.delete(table);
  }

  /** They differ at a path that is not kept: its declaration counts as a different one from now on. */
  addWithoutPath(node: DeclaredNode): void {
    this.remove(node);
    this.#lasting.add(node.table);
  }

  /** The path is kept no more. */
  forgetPath(path: string): void {
    for (const [table, paths] of this.#paths) if (paths.has(path)) this.addWithoutPath({ path, table });
  }
}

/** The failure for methods that differ. */
export function checksumFailure(message: string): Failure {
  return { code: 'TICKPEER_RPC_CHECKSUM', message };
}
