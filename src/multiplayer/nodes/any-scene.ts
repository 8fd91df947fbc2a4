import type { ReplicatedNode } from './replicated-node.ts';
import type { SceneLayout } from './scene-layout.ts';

/** A scene of any declaration. */
export interface AnyScene {
  /** The path of the scene's file in the game, for messages. */
  readonly path: string;
  /** @internal */
  readonly layout: SceneLayout;
  instantiate(): ReplicatedNode;
}
