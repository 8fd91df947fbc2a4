import type { ReplicatedProperty } from './property.ts';
import type { SynchronizerDeclaration } from './synchronizer-declaration.ts';

// Types that follow node paths and property paths as `node-path.ts` does at run time.

/** The properties of a synchronizer, by their paths. */
// biome-ignore lint/suspicious/noExplicitAny: only `any` accepts properties of every type
export type PropertiesOf = Readonly<Record<string, ReplicatedProperty<any>>>;

/**
 * What `synchronizer` and `spawner` return, without its types: the compiler would take them from here when it infers
 * the real ones.
 */
export interface NodeDeclaration {
  readonly kind: 'synchronizer' | 'spawner';
}

/** The synchronizers and spawners of a scene, by their paths from its root. */
export type Declarations = Readonly<Record<string, NodeDeclaration>>;

/** The path of the parent: `.` for `Sync`, `Inputs` for `Inputs/InputsSync`. */
type ParentOf<Path extends string> = Path extends `${infer First}/${infer Rest}`
  ? ParentOf<Rest> extends '.'
    ? First
    : `${First}/${ParentOf<Rest>}`
  : '.';

/** The node at `Path`, seen from the node `From`. */
type Resolved<From extends string, Path extends string> = Path extends '.' | ''
  ? From
  : Path extends '..'
    ? ParentOf<From>
    : Path extends `../${infer Rest}`
      ? Resolved<ParentOf<From>, Rest>
      : From extends '.'
        ? Path
        : `${From}/${Path}`;

/** One property: the node it belongs to, its name there, and its type. */
type Entry<Key extends string, Root extends string, Value> = Key extends `${infer Node}:${infer Name}`
  ? { readonly node: Resolved<Root, Node>; readonly name: Name; readonly value: Value }
  : { readonly node: Root; readonly name: Key; readonly value: Value };

/** The entries of all synchronizers. */
type Entries<Declared extends Declarations> = {
  [Path in keyof Declared & string]: Declared[Path] extends SynchronizerDeclaration<infer Properties, infer Root>
    ? {
        [Key in keyof Properties & string]: Properties[Key] extends ReplicatedProperty<infer Value>
          ? Entry<Key, Resolved<Path, Root>, Value>
          : never;
      }[keyof Properties & string]
    : never;
}[keyof Declared & string];

/** The properties that belong to the node at `Path`. */
export type PropertiesAt<Declared extends Declarations, Path extends string> = {
  -readonly [Found in Extract<Entries<Declared>, { readonly node: Path }> as Found['name']]: Found['value'];
};

/** The paths of all nodes that are declared, or have properties. */
export type PathsIn<Declared extends Declarations> = (keyof Declared & string) | Entries<Declared>['node'];
