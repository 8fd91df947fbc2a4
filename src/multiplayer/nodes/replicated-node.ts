import type { AnyScene } from './any-scene.ts';
import { SceneNode } from './scene-node.ts';

/** The root of an instance of a scene. `PackedScene.instantiate()` makes it. */
export class ReplicatedNode extends SceneNode {
  /** The scene that it is an instance of. */
  get scene(): AnyScene {
    return this.instance.scene;
  }

  /**
   * Removes the scene from the tree, with everything that was spawned inside. Where this peer has spawned it, it is
   * despawned there. It cannot be added again. Calling it again has no effect.
   */
  free(): void {
    this.instance.free();
  }

  /** The declared node at a path from here, or one that has replicated properties; null for any other. */
  getNodeOrNull(path: string): SceneNode | null {
    return this.instance.nodes.get(path) ?? null;
  }
}
