import type { Tick } from '../duel/wire.js';
import { isBot, type Place, type Vector } from '../wire.js';
import { dotSprite, FieldDrawing } from './drawing.js';

/** The number of points of a trail, and the ticks between two of them: two thirds of a second in all. */
const TRAIL = 10;
const TICKS_PER_POINT = 4;
/** The number of shades for the segments of a trail, the oldest first. */
const SHADES = 5;
const RADII = [7, 9, 11] as const;
const LEAST_RADII = [2.2, 2.8, 3.4] as const;

interface Trail {
  place: Place;
  readonly points: Vector[];
}

/** Draws a lane's field as in the newest tick, without smoothing, so that the times of the ticks are visible. */
export class LaneField extends FieldDrawing {
  me: Vector | null = null;
  readonly #trails = new Map<number, Trail>();
  #ticks = 0;
  #sprites: readonly OffscreenCanvas[] = [];
  #spritesOf = -1;

  note({ places }: Tick): void {
    const here = new Set<number>();
    const isPoint = this.#ticks++ % TICKS_PER_POINT === 0;
    for (const place of places) {
      here.add(place.id);
      const trail = this.#trails.get(place.id);
      if (trail === undefined) {
        this.#trails.set(place.id, { place, points: [place] });
        continue;
      }
      trail.place = place;
      if (!isPoint) continue;
      trail.points.push(place);
      if (trail.points.length > TRAIL) trail.points.shift();
    }
    for (const id of this.#trails.keys()) if (!here.has(id)) this.#trails.delete(id);
  }

  forget(): void {
    this.#trails.clear();
    this.me = null;
  }

  draw(myId: number, hasTrails: boolean): void {
    this.clear();
    if (this.#spritesOf !== this.version) {
      this.#spritesOf = this.version;
      this.#sprites = this.colours.dots.map((colour, depth) => dotSprite(this.#radius(depth), colour));
    }
    if (hasTrails) this.#drawTrails();
    const { context, scale } = this;
    this.me = null;
    for (const { place } of this.#trails.values()) {
      const { id, x, y } = place;
      if (id === myId) this.me = place;
      if (!isBot(id)) continue;
      const sprite = this.#sprites[id % RADII.length];
      if (sprite !== undefined) context.drawImage(sprite, x * scale - sprite.width / 2, y * scale - sprite.width / 2);
    }
    for (const { place } of this.#trails.values()) {
      if (!isBot(place.id) && place.id !== myId) this.drawPerson(place.id, place, false);
    }
    if (this.me !== null) this.drawPerson(myId, this.me, true);
  }

  /** All trails of one depth and one shade in one stroke. */
  #drawTrails(): void {
    const { context, scale } = this;
    context.lineCap = 'round';
    context.lineJoin = 'round';
    const step = TRAIL / SHADES;
    for (const [depth, colour] of this.colours.dots.entries()) {
      for (let shade = 0; shade < SHADES; shade++) {
        context.beginPath();
        for (const { place, points } of this.#trails.values()) {
          if (!isBot(place.id) || place.id % RADII.length !== depth) continue;
          const missing = TRAIL - points.length;
          const first = Math.max(0, shade * step - missing);
          const last = Math.min(points.length - 1, (shade + 1) * step - missing);
          for (let index = first; index <= last; index++) {
            const { x, y } = points[index]!;
            if (index === first) context.moveTo(x * scale, y * scale);
            else context.lineTo(x * scale, y * scale);
          }
          if (last === points.length - 1) context.lineTo(place.x * scale, place.y * scale);
        }
        const share = (shade + 1) / SHADES;
        context.strokeStyle = `color-mix(in srgb, ${colour} ${Math.round(45 * share)}%, transparent)`;
        context.lineWidth = this.#radius(depth) * 1.5 * share;
        context.stroke();
      }
    }
  }

  #radius(depth: number): number {
    return Math.max((RADII[depth] ?? 0) * this.scale, (LEAST_RADII[depth] ?? 0) * devicePixelRatio);
  }
}
