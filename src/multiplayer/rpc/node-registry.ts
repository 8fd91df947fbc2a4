import type { RpcMethod } from './rpc-method.ts';
import { RpcTable } from './rpc-table.ts';

/** A method with any arguments. Only its handler and its caller know their types. */
// biome-ignore lint/suspicious/noExplicitAny: only `any` accepts methods with every tuple of arguments
export type AnyMethod = RpcMethod<any>;

/** The methods of a declaration, by their names in the game's scripts. */
export type MethodsOf = Readonly<Record<string, AnyMethod>>;

/** A declared path, or a path that matches a declared pattern, with its methods. */
export interface DeclaredNode {
  readonly path: string;
  readonly table: RpcTable<AnyMethod>;
}

interface Pattern {
  readonly segments: readonly string[];
  readonly table: RpcTable<AnyMethod>;
}

/** The declared nodes, by their paths from the root. Other peers can reach no other node. */
export class NodeRegistry {
  readonly #exact = new Map<string, DeclaredNode>();
  readonly #patterns: Pattern[] = [];

  /** Declares `path`, in which `*` matches any one name. Throws `TypeError` when it is declared already or is not a path. */
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

  /** The declared paths and patterns, with their methods, for the inspector. */
  get declared(): DeclaredNode[] {
    const patterns = this.#patterns.map(({ segments, table }) => ({ path: segments.join('/'), table }));
    return [...this.#exact.values(), ...patterns];
  }

  /** The node at `path`: the one declared with that path, or else by the first pattern that matches. */
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

/** Whether a path's names match a pattern's segments. */
export function fits(segments: readonly string[], names: readonly string[]): boolean {
  if (segments.length !== names.length) return false;
  return segments.every((segment, at) => (segment === '*' ? !NO_NAMES.includes(names[at]!) : segment === names[at]));
}
