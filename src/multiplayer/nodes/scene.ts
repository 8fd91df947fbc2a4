import type { AnyScene } from './any-scene.ts';
import { MultiplayerSpawner } from './multiplayer-spawner.ts';
import { MultiplayerSynchronizer } from './multiplayer-synchronizer.ts';
import { allowedName, isNodeName } from './node-path.ts';
import { ReplicatedNode } from './replicated-node.ts';
import { type NodeClasses, SceneInstance } from './scene-instance.ts';
import { SceneLayout } from './scene-layout.ts';
import { type NodeClass, SceneNode, withProperties } from './scene-node.ts';
import type { Declarations, PathsIn, PropertiesAt } from './scene-types.ts';
import type { SpawnerDeclaration } from './spawner-declaration.ts';
import type { SynchronizerDeclaration } from './synchronizer-declaration.ts';

/** The node at a path of a scene: what its declaration makes it, and its replicated properties. */
export type NodeAt<Declared extends Declarations, Path extends string> = (Declared[Path] extends SpawnerDeclaration<
  infer T
>
  ? MultiplayerSpawner<T>
  : // biome-ignore lint/suspicious/noExplicitAny: the properties are those of `PropertiesAt`
    Declared[Path] extends SynchronizerDeclaration<any, string>
    ? MultiplayerSynchronizer
    : SceneNode) &
  PropertiesAt<Declared, Path>;

/** An instance of a scene, with the replicated properties of its root. */
export type NodeOf<Declared extends Declarations> = ReplicatedNode &
  PropertiesAt<Declared, '.'> & {
    /** The declared node at a path from here, or one that has replicated properties. */
    getNode<Path extends PathsIn<Declared>>(path: Path): NodeAt<Declared, Path>;
  };

/** What an instance begins with: its name, and properties of its root. */
export type FirstValues<Declared extends Declarations> = Partial<PropertiesAt<Declared, '.'>> & {
  /** The name of the node. Default: the name of the scene's file. */
  readonly name?: string;
};

/** A node of a scene, found by `getNode`. */
class SceneRoot extends ReplicatedNode {
  /** Throws `TypeError` for a path that is not declared. */
  getNode(path: string): SceneNode {
    const node = this.getNodeOrNull(path);
    if (node === null) throw new TypeError(`"${this.scene.path}" has no declared node "${path}"`);
    return node;
  }
}

/** A scene of the game, as far as it is replicated; `scene` makes it. */
export class PackedScene<Declared extends Declarations> implements AnyScene {
  readonly path: string;
  /** @internal */
  readonly layout: SceneLayout;
  readonly #classes: NodeClasses;

  /** @internal */
  constructor(path: string, declared: Declared) {
    this.path = path;
    this.layout = new SceneLayout(declared);
    this.#classes = classesOf(this.layout);
  }

  /**
   * Makes an instance, which is not in the tree yet: `addChild` of a spawner or of the multiplayer adds it. Throws
   * `TypeError` for a value that does not match, a property that its root does not have, and a name that the engine
   * does not allow.
   */
  instantiate(values: FirstValues<Declared> = {}): NodeOf<Declared> {
    const { name = fileName(this.path), ...properties } = values;
    if (!isNodeName(name)) throw new TypeError(`a node cannot be named ${JSON.stringify(name)}`);
    const { root, layout } = new SceneInstance(this, this.#classes, name);
    for (const [key, value] of Object.entries(properties)) {
      if (!layout.nodes[0]!.properties.has(key))
        throw new TypeError(`the root of "${this.path}" has no property "${key}"`);
      if (value === undefined) continue; // as if it was not given
      // An accessor of this name is there.
      Reflect.set(root, key, value);
    }
    // The class of the root has these accessors, and `getNode`.
    return root as NodeOf<Declared>;
  }

  /** Whether a node is an instance of this scene. */
  isInstance(node: SceneNode | null): node is NodeOf<Declared> {
    return node instanceof ReplicatedNode && node.scene === (this as AnyScene);
  }
}

/**
 * Declares a scene of the game: its synchronizers and spawners by their paths from its root. `path`: the scene's file
 * in the game.
 *
 * ```ts
 * const player = scene('res://player.tscn', {
 *   Sync: synchronizer({ position: always(vector2), health: onChange(int, 3), player_name: spawnOnly(string) }),
 *   'Inputs/InputsSync': synchronizer({ motion: always(vector2) }, { authority: ({ name }) => Number(name) }),
 * });
 * ```
 */
export function scene<const Declared extends Declarations>(path: string, declared: Declared): PackedScene<Declared> {
  return new PackedScene(path, declared);
}

function classesOf(layout: SceneLayout): NodeClasses {
  const spawners = new Set(layout.spawners.map(({ path }) => path));
  const synchronizers = new Set(layout.synchronizers.map(({ path }) => path));
  const baseOf = (path: string): NodeClass<SceneNode> => {
    if (path === '.') return SceneRoot;
    if (spawners.has(path)) return MultiplayerSpawner;
    return synchronizers.has(path) ? MultiplayerSynchronizer : SceneNode;
  };
  return new Map(layout.nodes.map((node) => [node.path, withProperties(baseOf(node.path), node)]));
}

/** `player` for `res://scenes/player.tscn`; as in the engine, `_` stands for what a name must not contain. */
function fileName(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1).replace(/\.[^.]*$/, '');
  return allowedName(name) || 'Node';
}
