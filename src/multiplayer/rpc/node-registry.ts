import type { RpcMethod } from './rpc-method.ts';
import { RpcTable } from './rpc-table.ts';

/** Any method: what its arguments are, only its own handler and caller know. */
// biome-ignore lint/suspicious/noExplicitAny: a parameter type that every tuple of arguments fits; not in the public face
export type AnyMethod = RpcMethod<any>;

/** The methods of a declaration, by their names in the game's scripts. */
export type MethodsOf = Readonly<Record<string, AnyMethod>>;

/** A path that was declared, or that fits a declared pattern, with the methods there. */
export interface DeclaredNode {
  readonly path: string;
  readonly table: RpcTable<AnyMethod>;
}

interface Pattern {
  readonly segments: readonly string[];
  readonly table: RpcTable<AnyMethod>;
}

/** The nodes there are, by their paths from the root; nothing else can be reached from outside. */
export class NodeRegistry {
  readonly #exact = new Map<string, DeclaredNode>();
  readonly #patterns: Pattern[] = [];

  /** Declares `path`, in which `*` stands for any one name. Throws when it is declared already, or is not a path. */
  declare(path: string, methods: MethodsOf): RpcTable<AnyMethod> {
    const segments = path.split('/');
    const isPath = path === '.' || segments.every((name) => !NO_NAMES.includes(name) && !/[:@"%\0]/.test(name));
    if (!isPath) throw new TypeError(`"${path}" is no path of a node from the root, such as "Main/Player"`);
    const isTaken = this.#exact.has(path) || this.#patterns.some((pattern) => pattern.segments.join('/') === path);
    if (isTaken) throw new TypeError(`"${path}" is declared already`);
    const table = new RpcTable(methods);
    if (segments.includes('*')) this.#patterns.push({ segments, table });
    else this.#exact.set(path, { path, table });
    return table;
  }

  /** The node at `path`: declared by that name, or by the first pattern that fits. */
  find(path: string): DeclaredNode | undefined {
    const exact = this.#exact.get(path);
    if (exact !== undefined || this.#patterns.length === 0) return exact;
    const names = path.split('/');
    for (const { segments, table } of this.#patterns) {
      if (fits(segments, names)) return { path, table };
    }
    return undefined;
  }
}

const NO_NAMES: readonly string[] = ['', '.', '..'];

/** Whether a path's names are those of a pattern's segments. */
export function fits(segments: readonly string[], names: readonly string[]): boolean {
  if (segments.length !== names.length) return false;
  return segments.every((segment, at) => (segment === '*' ? !NO_NAMES.includes(names[at]!) : segment === names[at]));
}
