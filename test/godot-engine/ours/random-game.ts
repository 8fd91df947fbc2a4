import type { MultiplayerSynchronizer, NodeOf, PackedScene } from 'tickpeer/multiplayer';
import { Vector2 } from 'tickpeer/variant';
import type { Random } from '../../../src/testing/random.ts';
import { squad, unit, type World } from './world.ts';

type InstanceOf<Scene> = Scene extends PackedScene<infer Declared> ? NodeOf<Declared> : never;
type Unit = InstanceOf<typeof unit>;
type Squad = InstanceOf<typeof squad>;

/** Random changes of a world that this side is the authority of. */
export class RandomGame {
  readonly #world: World;
  readonly #random: Random;
  #count = 0;

  constructor(world: World, random: Random) {
    this.#world = world;
    this.#random = random;
  }

  /**
   * One change. `ids`: of the peers that may see a node. Returns whether a squad was hidden or shown: then all have to catch up. A squad that
   * is hidden and shown within one frame of the engine loses what is inside (replication-nested.test.ts).
   */
  step(ids: readonly number[]): boolean {
    const random = this.#random;
    const units = this.units;
    const squads = this.squads;
    const one = units.length > 0 ? random.pick(units) : null;
    const red = squads.length > 0 ? random.pick(squads) : null;
    switch (random.integer(0, 12)) {
      case 0:
      case 1:
        this.#world.units.addChild(this.#newUnit());
        break;
      case 2:
        this.#world.squads.addChild(squad.instantiate({ name: this.#name(), title: `${this.#count}` }));
        break;
      case 3:
      case 4:
        red?.getNode('MemberSpawner').addChild(this.#newUnit());
        break;
      case 5:
        one?.free();
        break;
      case 6:
        if (random.chance(0.3)) red?.free();
        break;
      case 7:
        if (one !== null) one.hp = random.integer(-5, 5);
        break;
      case 8:
        one?.tags.push(random.integer(0, 9));
        break;
      case 9:
        one?.table.set(random.pick(['a', 'b']), random.integer(0, 9));
        break;
      case 10:
        if (one !== null) one.position = new Vector2(random.integer(-9, 9), 1);
        if (red !== null) red.title = `${random.integer(0, 9)}`;
        break;
      case 11:
        one?.getNode('Sync').setVisibilityFor(random.pick([0, ...ids]), random.chance(0.5));
        break;
      default:
        red?.getNode('Sync').setVisibilityFor(random.pick([0, ...ids]), random.chance(0.5));
        return true;
    }
    return false;
  }

  get squads(): Squad[] {
    return this.#world.squads.getChildren().filter((node) => squad.isInstance(node));
  }

  /** Those of the squads, too. */
  get units(): Unit[] {
    const spawners = [this.#world.units, ...this.squads.map((one) => one.getNode('MemberSpawner'))];
    return spawners.flatMap((spawner) => spawner.getChildren().filter((node) => unit.isInstance(node)));
  }

  #newUnit(): Unit {
    return unit.instantiate({ name: this.#name(), hp: this.#count, title: `t${this.#count}` });
  }

  /** Often one that is taken. */
  #name(): string {
    this.#count++;
    return this.#random.pick(['u', 'v', 'w1', 'x09']);
  }
}

/** The units and squads here whose synchronizers `sees` says yes to, as `dump()` of `main.gd` has them. */
export function dump(
  world: World,
  sees: (sync: MultiplayerSynchronizer) => boolean = () => true,
): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  const addUnit = (node: Unit): void => {
    const { x, y } = node.position;
    found[key(node)] = [x, y, node.hp, node.title, [...node.tags], Object.fromEntries(node.table)];
  };
  for (const node of world.units.getChildren()) if (unit.isInstance(node) && sees(node.getNode('Sync'))) addUnit(node);
  for (const node of world.squads.getChildren()) {
    if (!squad.isInstance(node) || !sees(node.getNode('Sync'))) continue;
    found[key(node)] = node.title;
    const members = node.getNode('MemberSpawner').getChildren();
    for (const member of members) if (unit.isInstance(member) && sees(member.getNode('Sync'))) addUnit(member);
  }
  return found;
}

function key(node: Unit | Squad): string {
  return node.getPath().slice('World/'.length);
}
