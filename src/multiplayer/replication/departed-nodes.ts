import type { SceneInstance } from '../nodes/scene-instance.ts';
import { FirstError } from './first-error.ts';

/** Nodes of peers that have left, whose `despawned` is not emitted yet. */
export class DepartedNodes {
  #instances: SceneInstance[] = [];

  get isEmpty(): boolean {
    return this.#instances.length === 0;
  }

  add(instance: SceneInstance): void {
    this.#instances.push(instance);
  }

  /** Emits `despawned` of each. When a handler throws, the others follow first. */
  emit(): void {
    if (this.#instances.length === 0) return;
    const instances = this.#instances;
    this.#instances = [];
    const errors = new FirstError();
    for (const { origin, root } of instances) {
      try {
        origin?.spawner.despawned.emit(root);
      } catch (cause) {
        errors.note(cause);
      }
    }
    errors.rethrow();
  }
}
