import { isBot, type Vector } from '../wire.js';
import { dotSprite, FieldDrawing } from './drawing.js';
import type { Snapshots } from './snapshots.js';

/** Radii of bots, the farthest first, in units of the field, and the smallest in pixels. */
const RADII = [4.5, 6, 7.5] as const;
const LEAST_RADII = [1.3, 1.8, 2.3] as const;
/** The length of a bot's trail in milliseconds. */
const TRAIL = 160;

/** Draws the arena's field: bots at three depths, with trails, and people. */
export class Field extends FieldDrawing {
  me: Vector | null = null;
  #sprites: readonly OffscreenCanvas[] = [];
  #spritesOf = -1;

  /** `hasTrails`: only useful with motion. */
  draw(snapshots: Snapshots, now: number, myId: number, hasTrails: boolean): void {
    const { context, scale } = this;
    this.clear();
    const sprites = this.#dots();
    const people: (Vector & { readonly id: number })[] = [];
    const bots: Vector[][] = sprites.map(() => []);
    const trails = sprites.map(() => new Path2D());
    this.me = null;
    snapshots.show(now, (id, x, y, speedX, speedY) => {
      if (!isBot(id)) {
        people.push({ id, x, y });
        return;
      }
      const depth = id % RADII.length;
      bots[depth]?.push({ x, y });
      if (!hasTrails) return;
      trails[depth]?.moveTo(x * scale, y * scale);
      trails[depth]?.lineTo((x - speedX * TRAIL) * scale, (y - speedY * TRAIL) * scale);
    });
    context.lineCap = 'round';
    for (const [depth, sprite] of sprites.entries()) {
      const offset = sprite.width / 2;
      context.strokeStyle = `color-mix(in srgb, ${this.colours.dots[depth]} 40%, transparent)`;
      context.lineWidth = this.#radius(depth) * 1.1;
      context.stroke(trails[depth] ?? new Path2D());
      for (const { x, y } of bots[depth] ?? []) context.drawImage(sprite, x * scale - offset, y * scale - offset);
    }
    for (const person of people) {
      if (person.id === myId) this.me = person;
      else this.drawPerson(person.id, person, false);
    }
    if (this.me !== null) this.drawPerson(myId, this.me, true);
  }

  #dots(): readonly OffscreenCanvas[] {
    if (this.#spritesOf === this.version) return this.#sprites;
    this.#spritesOf = this.version;
    this.#sprites = this.colours.dots.map((colour, depth) => dotSprite(this.#radius(depth), colour));
    return this.#sprites;
  }

  #radius(depth: number): number {
    return Math.max((RADII[depth] ?? 0) * this.scale, (LEAST_RADII[depth] ?? 0) * devicePixelRatio);
  }
}
