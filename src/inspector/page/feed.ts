import type { PageMessage, ServerMessage } from '../feed/messages.ts';

const PROTOCOL = 'tickpeer-inspector';
/** Milliseconds until the page connects again. */
const RETRY_AFTER = 2000;

export type FeedState = 'connecting' | 'live' | 'lost';

export interface FeedEvents {
  onState(state: FeedState, hasOpened: boolean): void;
  onMessage(message: ServerMessage): void;
}

/** The page's connection to the inspector, which is made again when it breaks. */
export class Feed {
  readonly #events: FeedEvents;
  #socket: WebSocket | null = null;
  #hasOpened = false;

  constructor(events: FeedEvents) {
    this.#events = events;
    this.#connect();
  }

  send(message: PageMessage): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #connect(): void {
    this.#events.onState('connecting', this.#hasOpened);
    const token = location.hash.slice(1);
    const address = new URL('/feed', location.href.replace(/^http/, 'ws'));
    address.hash = '';
    const protocols = /^[\w-]+$/.test(token) ? [PROTOCOL, token] : [PROTOCOL];
    const socket = new WebSocket(address, protocols);
    this.#socket = socket;
    socket.onopen = () => {
      this.#hasOpened = true;
      this.#events.onState('live', true);
    };
    socket.onmessage = ({ data }) => this.#events.onMessage(JSON.parse(data));
    socket.onclose = () => {
      this.#events.onState('lost', this.#hasOpened);
      setTimeout(() => this.#connect(), RETRY_AFTER);
    };
  }
}
