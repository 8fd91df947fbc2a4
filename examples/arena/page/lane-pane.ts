import { WebSocketPeer } from 'tickpeer';
import type { Mode } from '../duel/wire.js';
import { element, setText } from './element.js';
import { formatCount } from './format.js';
import { LaneField } from './lane-field.js';
import { LaneLink } from './lane-link.js';
import { endingOf } from './status.js';
import { DUE } from './steadiness.js';
import { TickStrip } from './tick-strip.js';

/** Milliseconds between two updates of the figures, and between two pictures of the ticks. */
const FIGURE_INTERVAL = 250;
const STRIP_INTERVAL = 50;

/** One of the two lanes as the page shows it: its field, its ticks, its figures. */
export class LanePane {
  readonly link: LaneLink;
  readonly field: LaneField;
  readonly #strip: TickStrip;
  readonly #mode: Mode;
  readonly #longest: HTMLElement;
  readonly #onTime: HTMLElement;
  readonly #echo: HTMLElement;
  readonly #input: HTMLElement;
  readonly #handled: HTMLElement;
  readonly #curtain: HTMLElement;
  readonly #ending: HTMLElement;
  #nextFigures = 0;
  #nextStrip = 0;

  constructor(mode: Mode) {
    this.#mode = mode;
    this.field = new LaneField(element(`${mode}-field`, HTMLCanvasElement));
    this.#strip = new TickStrip(element(`${mode}-strip`, HTMLCanvasElement));
    this.#longest = element(`${mode}-longest`, HTMLElement);
    this.#onTime = element(`${mode}-on-time`, HTMLElement);
    this.#echo = element(`${mode}-echo`, HTMLElement);
    this.#input = element(`${mode}-input`, HTMLElement);
    this.#handled = element(`${mode}-handled`, HTMLElement);
    this.#curtain = element(`${mode}-curtain`, HTMLElement);
    this.#ending = element(`${mode}-ending`, HTMLElement);
    this.link = new LaneLink(mode, (tick, now) => {
      this.field.note(tick);
      this.#strip.note(tick, now);
    });
  }

  connect(): void {
    this.field.forget();
    this.#strip.clear();
    this.link.connect();
  }

  /** The figures are updated only four times a second, so that they can be read. */
  draw(now: number, hasTrails: boolean): void {
    const { ticks, word } = this.link;
    this.field.draw(word?.id ?? -1, hasTrails);
    if (now >= this.#nextStrip) {
      this.#nextStrip = now + STRIP_INTERVAL;
      this.#strip.draw(ticks.ticks, now);
    }
    if (now < this.#nextFigures) return;
    this.#nextFigures = now + FIGURE_INTERVAL;
    this.#showFigures(now);
    this.#showEnding();
  }

  #showFigures(now: number): void {
    const { ticks, echoes } = this.link;
    const { longest, onTime, mostInput, handled } = ticks;
    const echo = echoes.slowest(now);
    setText(this.#longest, longest === null ? '–' : `${longest.toFixed()} ms`);
    // One late tick is hardly visible; three missing ones in a row are.
    this.#longest.dataset['grade'] =
      longest === null || longest < 2 * DUE ? 'good' : longest < 4 * DUE ? 'fair' : 'bad';
    setText(this.#onTime, onTime === null ? '–' : `${Math.floor(onTime * 100)} %`);
    setText(this.#echo, echo === null ? '–' : `${echo.toFixed()} ms`);
    setText(this.#input, mostInput === null ? '–' : `${mostInput.toFixed()} ms`);
    setText(this.#handled, handled === null ? '–' : `${formatCount(handled)}/s`);
    const label = `The ticks of the last five seconds, ${this.#mode === 'polled' ? 'polled' : 'driven by events'}`;
    this.#strip.canvas.setAttribute('aria-label', `${label}: the longest interval was ${this.#longest.textContent}`);
  }

  #showEnding(): void {
    const { socket } = this.link;
    const isClosed = socket.getReadyState() === WebSocketPeer.STATE_CLOSED;
    if (this.#curtain.hidden === isClosed) this.#curtain.hidden = !isClosed;
    if (isClosed) setText(this.#ending, endingOf(socket));
  }
}
