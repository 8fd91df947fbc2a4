import { FIELD, type Vector } from '../wire.js';

/** Radii of people in units of the field, and the smallest in pixels. */
const PERSON_RADIUS = 20;
const LEAST_PERSON_RADIUS = 9;

/** The style sheet's colours, for light or dark. */
export type Colours = ReturnType<typeof readColours>;

function readColours() {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    surface: read('surface'),
    line: read('grid'),
    in: read('in'),
    out: read('out'),
    onOut: read('on-out'),
    late: read('late'),
    faint: read('faint-ink'),
    /** Colours of dots, the farthest first. */
    dots: [read('dot-far'), read('dot-middle'), read('dot-near')],
  };
}

/** A canvas with the size at which it is shown, in the colours of the style sheet. `draw...` use its own pixels. */
export class Drawing {
  readonly canvas: HTMLCanvasElement;
  readonly context: CanvasRenderingContext2D;
  colours = readColours();
  /** Increases when the size or the colours have changed: what depends on them must be made again. */
  version = 0;

  constructor(canvas: HTMLCanvasElement) {
    const context = canvas.getContext('2d');
    if (context === null) throw new Error('this browser draws no canvas');
    this.canvas = canvas;
    this.context = context;
    new ResizeObserver(() => this.#resize()).observe(canvas);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      this.colours = readColours();
      this.version++;
    });
  }

  #resize(): void {
    this.canvas.width = Math.round(this.canvas.clientWidth * devicePixelRatio);
    this.canvas.height = Math.round(this.canvas.clientHeight * devicePixelRatio);
    this.version++;
  }
}

/** A drawing of the field, with the people in it. */
export class FieldDrawing extends Drawing {
  /** Canvas pixels per unit of the field. */
  get scale(): number {
    return this.canvas.width / FIELD.width;
  }

  /** The point of the field under a pointer. */
  pointAt({ clientX, clientY }: PointerEvent): Vector {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    return { x: ((clientX - left) / width) * FIELD.width, y: ((clientY - top) / height) * FIELD.height };
  }

  clear(): void {
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
  }

  /** People have their number with a ring around it. The player's own dot is filled and has a halo. */
  drawPerson(id: number, { x, y }: Vector, isMe: boolean): void {
    const { context, scale } = this;
    const { out, onOut, surface } = this.colours;
    const colour = isMe ? out : this.colours.in;
    const radius = Math.max(PERSON_RADIUS * scale, LEAST_PERSON_RADIUS * devicePixelRatio);
    if (isMe) this.#drawDisc(x, y, radius * 2.2, `color-mix(in srgb, ${out} 18%, transparent)`);
    context.shadowColor = 'rgb(0 0 0 / 0.35)';
    context.shadowBlur = radius * 0.5;
    context.shadowOffsetY = radius * 0.2;
    this.#drawDisc(x, y, radius, isMe ? out : surface);
    context.shadowColor = 'transparent';
    context.lineWidth = radius * 0.18;
    context.strokeStyle = isMe ? surface : colour;
    context.stroke();
    context.fillStyle = isMe ? onOut : colour;
    context.font = `600 ${radius}px system-ui, sans-serif`;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.fillText(String(id), x * scale, y * scale + radius * 0.06);
  }

  #drawDisc(x: number, y: number, radius: number, colour: string): void {
    this.context.beginPath();
    this.context.arc(x * this.scale, y * this.scale, radius, 0, 2 * Math.PI);
    this.context.fillStyle = colour;
    this.context.fill();
  }
}

/** A dot that is lit from above, drawn once: copying it thousands of times is cheaper than drawing thousands of circles. */
export function dotSprite(radius: number, colour: string): OffscreenCanvas {
  const margin = Math.ceil(radius * 0.6) + 1;
  const size = 2 * (Math.ceil(radius) + margin);
  const canvas = new OffscreenCanvas(size, size);
  const context = canvas.getContext('2d');
  if (context === null) return canvas;
  const middle = size / 2;
  const light = context.createRadialGradient(middle - radius * 0.35, middle - radius * 0.4, 0, middle, middle, radius);
  light.addColorStop(0, `color-mix(in srgb, ${colour} 55%, white)`);
  light.addColorStop(0.55, colour);
  light.addColorStop(1, `color-mix(in srgb, ${colour} 78%, black)`);
  context.shadowColor = 'rgb(0 0 0 / 0.28)';
  context.shadowBlur = radius * 0.5;
  context.shadowOffsetY = radius * 0.25;
  context.arc(middle, middle, radius, 0, 2 * Math.PI);
  context.fillStyle = light;
  context.fill();
  return canvas;
}
