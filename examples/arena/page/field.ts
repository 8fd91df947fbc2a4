import { FIELD, isBot, type Vector } from '../wire.js';
import type { Snapshots } from './snapshots.js';

/** Radii in units of the field, and the least that they are in pixels. */
const BOT_RADIUS = 6;
const LEAST_BOT_RADIUS = 1.8;
const PERSON_RADIUS = 20;
const LEAST_PERSON_RADIUS = 9;
const GRID = 100;

/** Draws the field. */
export class Field {
  /** Where I was drawn last. */
  me: Vector | null = null;
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  /** Canvas pixels per unit of the field. */
  #scale = 1;
  /** A bot, drawn once: copying it thousands of times is cheaper than drawing thousands of circles. */
  #bot: OffscreenCanvas | null = null;
  #colours = readColours();

  constructor(canvas: HTMLCanvasElement) {
    const context = canvas.getContext('2d');
    if (context === null) throw new Error('this browser draws no canvas');
    this.#canvas = canvas;
    this.#context = context;
    new ResizeObserver(() => this.#resize()).observe(canvas);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      this.#colours = readColours();
      this.#bot = null;
    });
  }

  draw(snapshots: Snapshots, now: number, myId: number): void {
    const context = this.#context;
    const scale = this.#scale;
    context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    this.#drawGrid();
    this.#bot ??= this.#drawBot();
    const bot = this.#bot;
    const offset = bot.width / 2;
    const people: (Vector & { readonly id: number })[] = [];
    this.me = null;
    snapshots.show(now, (id, x, y) => {
      if (isBot(id)) context.drawImage(bot, x * scale - offset, y * scale - offset);
      else people.push({ id, x, y });
    });
    for (const { id, x, y } of people) {
      if (id === myId) this.me = { x, y };
      else this.#drawPerson(id, x, y, false);
    }
    if (this.me !== null) this.#drawPerson(myId, this.me.x, this.me.y, true);
  }

  /** The point of the field under a pointer. */
  pointAt({ clientX, clientY }: PointerEvent): Vector {
    const { left, top, width, height } = this.#canvas.getBoundingClientRect();
    return { x: ((clientX - left) / width) * FIELD.width, y: ((clientY - top) / height) * FIELD.height };
  }

  #drawGrid(): void {
    const context = this.#context;
    const scale = this.#scale;
    const dot = Math.max(1, devicePixelRatio);
    context.fillStyle = this.#colours.line;
    for (let x = GRID / 2; x < FIELD.width; x += GRID) {
      for (let y = GRID / 2; y < FIELD.height; y += GRID) context.fillRect(x * scale, y * scale, dot, dot);
    }
  }

  /** People wear their number, with a ring around it; I am filled, and have a halo. */
  #drawPerson(id: number, x: number, y: number, isMe: boolean): void {
    const context = this.#context;
    const { out, onOut, surface } = this.#colours;
    const colour = isMe ? out : this.#colours.in;
    const radius = Math.max(PERSON_RADIUS * this.#scale, LEAST_PERSON_RADIUS * devicePixelRatio);
    if (isMe) this.#drawDisc(x, y, radius * 2.2, `color-mix(in srgb, ${out} 18%, transparent)`);
    this.#drawDisc(x, y, radius, isMe ? out : surface);
    context.lineWidth = radius * 0.18;
    context.strokeStyle = isMe ? surface : colour;
    context.stroke();
    context.fillStyle = isMe ? onOut : colour;
    context.font = `600 ${radius}px system-ui, sans-serif`;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.fillText(String(id), x * this.#scale, y * this.#scale + radius * 0.06);
  }

  #drawDisc(x: number, y: number, radius: number, colour: string): void {
    this.#context.beginPath();
    this.#context.arc(x * this.#scale, y * this.#scale, radius, 0, 2 * Math.PI);
    this.#context.fillStyle = colour;
    this.#context.fill();
  }

  #drawBot(): OffscreenCanvas {
    const radius = Math.max(BOT_RADIUS * this.#scale, LEAST_BOT_RADIUS * devicePixelRatio);
    const size = 2 * Math.ceil(radius);
    const canvas = new OffscreenCanvas(size, size);
    const context = canvas.getContext('2d');
    if (context === null) return canvas;
    context.arc(size / 2, size / 2, radius, 0, 2 * Math.PI);
    context.fillStyle = this.#colours.bot;
    context.fill();
    return canvas;
  }

  #resize(): void {
    this.#canvas.width = Math.round(this.#canvas.clientWidth * devicePixelRatio);
    this.#canvas.height = Math.round(this.#canvas.clientHeight * devicePixelRatio);
    this.#scale = this.#canvas.width / FIELD.width;
    this.#bot = null;
  }
}

/** The style sheet's, for light or dark. */
function readColours() {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    surface: read('surface'),
    line: read('control'),
    in: read('in'),
    out: read('out'),
    onOut: read('on-out'),
    bot: read('bot'),
  };
}
