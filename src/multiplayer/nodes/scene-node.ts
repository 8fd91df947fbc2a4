import { join, nameOf } from './node-path.ts';
import type { SceneInstance } from './scene-instance.ts';
import type { NodeLayout } from './scene-layout.ts';

/**
 * A node of a scene that is replicated. Its replicated properties are plain properties: setting one throws `TypeError`
 * when the value does not match the declaration.
 */
export class SceneNode {
  static {
    // What `console.log` shows in Node.
    const value = function (this: SceneNode): Record<string, unknown> {
      return this.toJSON();
    };
    Object.defineProperty(SceneNode.prototype, Symbol.for('nodejs.util.inspect.custom'), { value });
  }

  /** @internal */
  readonly instance: SceneInstance;
  /** The path from the root of the scene; `.` for the root. @internal */
  readonly scenePath: string;

  /** @internal */
  constructor(instance: SceneInstance, scenePath: string) {
    this.instance = instance;
    this.scenePath = scenePath;
  }

  /** The name of the node. That of a scene's root is chosen by whoever spawned it. */
  get name(): string {
    return this.scenePath === '.' ? this.instance.name : nameOf(this.scenePath);
  }

  /** The path from the game's root, such as `World/Players/5/Inputs`; empty while the scene is not in the tree. */
  getPath(): string {
    const { path } = this.instance;
    return path === null ? '' : join(path, this.scenePath);
  }

  /** Whether the scene is in the tree: it was added or spawned, and not freed. */
  isInsideTree(): boolean {
    return this.instance.path !== null;
  }

  /** The id of the peer that is the authority of this node: 1, the server, unless it was set. */
  getMultiplayerAuthority(): number {
    return this.instance.authorityOf(this.scenePath);
  }

  /** Its path and its replicated properties, for `JSON.stringify` and `console.log`. */
  toJSON(): Record<string, unknown> {
    const values: Record<string, unknown> = { path: this.getPath() || this.name };
    const layout = this.instance.layout.nodes.find(({ path }) => path === this.scenePath);
    for (const [name, slot] of layout?.properties ?? []) values[name] = this.instance.values.get(slot);
    return values;
  }

  /** Sets the authority of this node, and of those below it. It is not sent to other peers: every side sets it. */
  setMultiplayerAuthority(id: number, recursive: boolean = true): void {
    this.instance.setAuthority(this.scenePath, id, recursive);
  }
}

/** The constructor of a kind of node. */
export type NodeClass<Node extends SceneNode> = new (instance: SceneInstance, scenePath: string) => Node;

/**
 * A class of nodes that have the properties of `layout` beside the members of `Base`. Throws `TypeError` for a property
 * with the name of a member.
 */
export function withProperties<Node extends SceneNode>(
  Base: NodeClass<Node>,
  { path, properties }: NodeLayout,
): NodeClass<Node> {
  if (properties.size === 0) return Base;
  // The class of a mixin needs a constructor without named parameters, and adds nothing but accessors.
  const Made = class extends (Base as NodeClass<SceneNode>) {} as NodeClass<Node>;
  for (const [name, slot] of properties) {
    if (name in Base.prototype || name === 'instance' || name === 'scenePath') {
      throw new TypeError(
        `"${path}" cannot have a property "${name}": nodes have a member of that name; choose another, names are not sent`,
      );
    }
    Object.defineProperty(Made.prototype, name, {
      enumerable: true,
      get(this: SceneNode): unknown {
        return this.instance.values.get(slot);
      },
      set(this: SceneNode, value: unknown): void {
        this.instance.values.set(slot, value);
      },
    });
  }
  return Made;
}
