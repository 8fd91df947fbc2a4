import { md5 } from '../wire/md5.ts';

/** Ids of methods configured on the node itself, not in its script, have this bit (docs/engine/multiplayer-wire.md#method-numbers). */
const NODE_LEVEL = 0x8000;

/** Lists with more methods are not searched for the one that the other side lacks: that takes a checksum for each. */
const MOST_COMPARED = 256;

/** The parts of the message for a checksum that differs. */
interface Explanation {
  readonly text: string;
  /** What the other side lacks, by its checksum. */
  readonly hints: ReadonlyMap<string, string>;
}

/** A method in a table, with its id. */
export interface RpcEntry<Method> {
  readonly id: number;
  readonly name: string;
  readonly method: Method;
}

/**
 * A node's methods with the ids that the engine gives them: sorted by code points and counted from 0. The methods of the
 * script and those of the node (`Node.rpc_config`) are counted separately.
 */
export class RpcTable<Method extends { readonly isNodeLevel: boolean }> {
  /** The entries by their ids, without `NODE_LEVEL`. */
  readonly #ofNode: RpcEntry<Method>[] = [];
  readonly #ofScript: RpcEntry<Method>[] = [];
  readonly #byName = new Map<string, RpcEntry<Method>>();
  /** In the order of their ids. */
  readonly nodeNames: readonly string[];
  readonly scriptNames: readonly string[];
  /** The checksum that the two sides compare: 32 hexadecimal digits. */
  readonly md5: string;
  #explanation: Explanation | null = null;

  constructor(methods: Readonly<Record<string, Method>>) {
    const names = Object.keys(methods).sort(compareCodePoints);
    this.nodeNames = names.filter((name) => methods[name]!.isNodeLevel);
    this.scriptNames = names.filter((name) => !methods[name]!.isNodeLevel);
    for (const name of this.nodeNames) this.#add(this.#ofNode, NODE_LEVEL, name, methods[name]!);
    for (const name of this.scriptNames) this.#add(this.#ofScript, 0, name, methods[name]!);
    this.md5 = checksum([...this.nodeNames, ...this.scriptNames]);
  }

  byId(id: number): RpcEntry<Method> | undefined {
    return id < NODE_LEVEL ? this.#ofScript[id] : this.#ofNode[id - NODE_LEVEL];
  }

  byName(name: string): RpcEntry<Method> | undefined {
    return this.#byName.get(name);
  }

  /**
   * The names behind the checksum, for a message. If the other side lacks just one method, or has none, the message says so.
   * Computed once, for all checksums that other peers may send.
   */
  explain(otherMd5: string): string {
    this.#explanation ??= this.#explain();
    const { text, hints } = this.#explanation;
    return `${text}; there the checksum is ${otherMd5}.${hints.get(otherMd5) ?? ''}`;
  }

  #explain(): Explanation {
    const names = [...this.nodeNames, ...this.scriptNames];
    const hints = new Map<string, string>();
    if (names.length <= MOST_COMPARED) {
      for (const surplus of names) {
        hints.set(checksum(names.filter((name) => name !== surplus)), ` The other side lacks "${surplus}".`);
      }
    }
    hints.set(checksum([]), ' The other side has no RPC methods on it.');
    const text =
      `here it has the script methods [${this.scriptNames.join(', ')}] and the node methods ` +
      `[${this.nodeNames.join(', ')}], checksum ${this.md5}`;
    return { text, hints };
  }

  #add(entries: RpcEntry<Method>[], firstId: number, name: string, method: Method): void {
    const entry = { id: firstId + entries.length, name, method };
    entries.push(entry);
    this.#byName.set(name, entry);
  }
}

/** The table of a node without RPC methods. */
export const NO_METHODS: RpcTable<never> = new RpcTable<never>({});

/** The checksum of sorted names, those of the node before those of the script. */
function checksum(names: readonly string[]): string {
  return md5(new TextEncoder().encode(names.join('')));
}

/** The order in which the engine sorts. JavaScript's own order compares UTF-16 units, which puts U+10000 before U+FF00. */
function compareCodePoints(one: string, two: string): number {
  const a = Array.from(one, (character) => character.codePointAt(0)!);
  const b = Array.from(two, (character) => character.codePointAt(0)!);
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    if (a[index] !== b[index]) return a[index]! - b[index]!;
  }
  return a.length - b.length;
}
