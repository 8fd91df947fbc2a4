import { type State, WebSocketPeer } from 'tickpeer';
import { COMPRESSED_PATH, type News } from '../controls.js';
import { element } from './element.js';

const NAMES = ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED'] as const satisfies Record<State, string>;

/** Seconds without a word after which the page gives up: what a heartbeat does where there is one. */
export const SILENCE_LIMIT = 6;

/** How the connection is, in words: the badge, the curtain before the field when it has ended, and the line below. */
export class Status {
  readonly #badge = element('badge', HTMLElement);
  readonly #state = element('state', HTMLElement);
  readonly #detail = element('detail', HTMLElement);
  readonly #curtain = element('curtain', HTMLElement);
  readonly #ending = element('ending', HTMLElement);
  readonly #cause = element('cause', HTMLElement);
  readonly #you = element('you', HTMLElement);
  readonly #facts = element('facts', HTMLElement);

  /** `silence`: seconds since anything arrived; `hasGivenUp`: that was too long, and the page has closed. */
  show(socket: WebSocketPeer, silence: number, hasGivenUp: boolean): void {
    const state = socket.getReadyState();
    const isClosed = state === WebSocketPeer.STATE_CLOSED;
    const isSilent = state === WebSocketPeer.STATE_OPEN && silence >= 1;
    this.#badge.dataset['state'] = isSilent ? 'SILENT' : NAMES[state];
    setText(this.#state, NAMES[state]);
    const compression = socket.getRequestedUrl().endsWith(COMPRESSED_PATH) ? 'compressed' : '';
    const speech = isSilent ? `nothing for ${Math.floor(silence)} s` : compression;
    setText(this.#detail, isClosed ? String(socket.getCloseCode()) : speech);
    if (this.#curtain.hidden !== isClosed) return;
    this.#curtain.hidden = !isClosed;
    if (isClosed) this.#showEnding(socket, hasGivenUp);
  }

  /** Who I am. */
  showId(id: number): void {
    this.#you.textContent = `You are ${id}:`;
  }

  showFacts({ bots, people, load }: Extract<News, { type: 'status' }>, skipped: number): void {
    const facts = [
      `${bots} bots, by TCP from the server’s own process`,
      people === 1 ? 'nobody but you' : `${people} people`,
      `server ${Math.round(load * 100)} % busy`,
    ];
    if (skipped > 0) facts.push(`${skipped} snapshots skipped: you read too slowly`);
    this.#facts.textContent = facts.join(' · ');
  }

  #showEnding(socket: WebSocketPeer, hasGivenUp: boolean): void {
    const code = socket.getCloseCode();
    const reason = socket.getCloseReason();
    const failure = socket.getLastFailure();
    this.#ending.textContent =
      code === -1 ? 'Closed without a goodbye' : `Closed with ${code}${reason && ` “${reason}”`}`;
    this.#cause.textContent = hasGivenUp
      ? `Nothing came for ${SILENCE_LIMIT} seconds, so this page gave up. At the other end, the server’s heartbeat finds out.`
      : failure && `${failure.code}: ${failure.message}`;
    element('reconnect', HTMLButtonElement).focus();
  }
}

/** Only what changes, so that a screen reader is not told the same thing sixty times a second. */
function setText(target: HTMLElement, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}
