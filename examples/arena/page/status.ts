import { WebSocketPeer } from 'tickpeer';
import type { News } from '../controls.js';
import { element, setText } from './element.js';

/** The page closes after this many seconds without a message. It replaces the heartbeat, which a page does not have. */
export const SILENCE_LIMIT = 6;

/** Describes the arena's connection: in front of the field when it has ended, and in the line below. */
export class Status {
  readonly #curtain = element('curtain', HTMLElement);
  readonly #ending = element('ending', HTMLElement);
  readonly #cause = element('cause', HTMLElement);
  readonly #you = element('you', HTMLElement);
  readonly #facts = element('facts', HTMLElement);

  /** `hasGivenUp`: nothing arrived for too long, and the page has closed. */
  show(socket: WebSocketPeer, hasGivenUp: boolean): void {
    const isClosed = socket.getReadyState() === WebSocketPeer.STATE_CLOSED;
    const isNews = this.#curtain.hidden === isClosed;
    if (isNews) this.#curtain.hidden = !isClosed;
    if (!isClosed) return;
    setText(this.#ending, endingOf(socket));
    const failure = socket.getLastFailure();
    const cause = failure === null ? '' : `${failure.code}: ${failure.message}`;
    setText(
      this.#cause,
      hasGivenUp
        ? `Nothing came for ${SILENCE_LIMIT} seconds, so this page gave up. At the other end, the server’s heartbeat finds out.`
        : cause,
    );
    if (isNews) element('reconnect', HTMLButtonElement).focus({ preventScroll: true });
  }

  /** Who I am. */
  showId(id: number): void {
    setText(this.#you, `You are ${id}:`);
  }

  showFacts({ bots, people, load }: Extract<News, { type: 'status' }>, skipped: number): void {
    const facts = [
      `${bots} bots, connected by TCP from the server’s process`,
      people === 1 ? '1 player: you' : `${people} players`,
      `server ${Math.round(load * 100)} % busy`,
    ];
    if (skipped > 0) facts.push(`${skipped} snapshots skipped, because this page reads too slowly`);
    setText(this.#facts, facts.join(' · '));
  }
}

/** How a connection ended, in one line. */
export function endingOf(socket: WebSocketPeer): string {
  const code = socket.getCloseCode();
  const reason = socket.getCloseReason();
  return code === -1 ? 'Closed without a Close frame' : `Closed with ${code}${reason && ` “${reason}”`}`;
}
