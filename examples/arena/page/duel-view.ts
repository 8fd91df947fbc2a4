// The duel: the same scene in two servers under the same traffic. One is polled, one driven by events.
import { WebSocketPeer } from 'tickpeer';
import { MODES, type Storm } from '../duel/wire.js';
import type { Calm } from './calm.js';
import { element, setText } from './element.js';
import { formatCount } from './format.js';
import type { Keys } from './keys.js';
import { LanePane } from './lane-pane.js';
import { Steering } from './steering.js';
import type { Condition, View } from './view.js';

/** Seconds without a tick after which a lane counts as silent. */
const SILENCE = 1;

export class DuelView implements View {
  readonly #panes = MODES.map((mode) => new LanePane(mode));
  readonly #steering: Steering;
  readonly #calm: Calm;
  readonly #switch = element('storm', HTMLInputElement);
  readonly #hint = element('storm-hint', HTMLElement);
  #isSeen = false;
  #lastDrawn = 0;
  /** A request that is not yet applied. */
  #wished: boolean | null = null;

  constructor(keys: Keys, calm: Calm) {
    this.#calm = calm;
    this.#steering = new Steering(
      keys,
      this.#panes.map(({ field }) => field),
    );
    this.#switch.addEventListener('change', () => {
      this.#wished = this.#switch.checked;
      // One lane forwards it to both; the polled one can send it at once.
      this.#panes.some(({ link }) => link.ask({ storm: this.#switch.checked }));
    });
    for (const button of document.querySelectorAll('#duel-view button.reconnect')) {
      button.addEventListener('click', () => this.#reconnect());
    }
  }

  /** The state of the lane whose connection is worse. */
  get condition(): Condition {
    const now = performance.now();
    const states = this.#panes.map(({ link }) => link.socket.getReadyState());
    const state = states.reduce((worst, one) => (isWorse(one, worst) ? one : worst));
    const isOpen = state === WebSocketPeer.STATE_OPEN;
    const isSilent = isOpen && this.#panes.some(({ link }) => now - link.lastHeard > SILENCE * 1000);
    return { state, isSilent, detail: isSilent ? 'no ticks' : '' };
  }

  enter(): void {
    this.#isSeen = true;
    for (const pane of this.#panes) pane.connect();
  }

  leave(): void {
    this.#isSeen = false;
    for (const { link } of this.#panes) link.close();
  }

  /** The lanes stop while the view is hidden. */
  hide(isHidden: boolean): void {
    if (isHidden) this.leave();
    else this.enter();
  }

  frame(now: number): void {
    for (const { link } of this.#panes) link.poll(now);
    if (!this.#isSeen) return;
    const { direction } = this.#steering;
    for (const { link } of this.#panes) link.steer(now, direction);
    this.#showStorm();
    if (now - this.#lastDrawn < this.#calm.drawInterval) return;
    this.#lastDrawn = now;
    for (const pane of this.#panes) pane.draw(now, !this.#calm.isOn);
  }

  #reconnect(): void {
    for (const pane of this.#panes) if (!pane.link.isOpen) pane.connect();
  }

  #showStorm(): void {
    const isOnline = this.#panes.some(({ link }) => link.isOpen);
    if (this.#switch.disabled === isOnline) this.#switch.disabled = !isOnline;
    const storm = this.#panes.find(({ link }) => link.isOpen && link.word !== null)?.link.word?.storm;
    if (storm === undefined) return;
    if (storm.burst > 0 && this.#wished === storm.isOn) this.#wished = null;
    if (storm.burst > 0 && this.#wished === null) this.#switch.checked = storm.isOn;
    setText(this.#hint, hintOf(storm));
  }
}

function hintOf({ isOn, burst }: Storm): string {
  if (burst === 0) return 'The dots are connecting.';
  if (!isOn) return 'No bursts: 20 inputs a second from each dot.';
  return `Bursts of ${formatCount(burst)} inputs to both.`;
}

/** CLOSED is worse than CLOSING, than CONNECTING, than OPEN. */
function isWorse(one: number, other: number): boolean {
  const order: readonly number[] = [
    WebSocketPeer.STATE_OPEN,
    WebSocketPeer.STATE_CONNECTING,
    WebSocketPeer.STATE_CLOSING,
    WebSocketPeer.STATE_CLOSED,
  ];
  return order.indexOf(one) > order.indexOf(other);
}
