import { ErrorCode } from '../../error-code.ts';
import { State, WebSocketPeer } from '../../websocket/index.ts';
import type { ClientSettings } from '../client/client-options.ts';
import { beginToConnect } from '../client/open-peer.ts';
import type { Bot, BotEvents } from './bot.ts';
import { LATE, type Measurements } from './measurements.ts';

/** What the messages of echo bots are. */
export interface MessageOptions {
  readonly client: ClientSettings;
  /** Bytes, from `least` to `most`. */
  readonly size: { readonly least: number; readonly most: number };
  readonly isText: boolean;
  /** Whether an echo of each message is expected. */
  readonly expectsEcho: boolean;
}

/** The smallest message: its number and the time at which it was due have room in it. */
export const LEAST_BYTES = 24;
/** Messages without an echo that a bot remembers. The oldest one is lost when there are more. */
const MOST_WAITING = 10_000;
const utf8 = new TextDecoder();

/** Sends messages and measures the time until they come back. */
export class EchoBot implements Bot {
  readonly #peer: WebSocketPeer;
  readonly #options: MessageOptions;
  readonly #measured: Measurements;
  readonly #events: BotEvents;
  /** When the messages were due that have no echo yet, by their numbers. */
  readonly #waiting = new Map<number, number>();
  #next = 0;
  #started = 0;
  state: Bot['state'] = 'new';

  constructor(options: MessageOptions, measured: Measurements, events: BotEvents) {
    this.#options = options;
    this.#measured = measured;
    this.#events = events;
    const room = Math.max(65_536, options.size.most * 4);
    const sizes = { inboundBufferSize: room, outboundBufferSize: room };
    this.#peer = new WebSocketPeer({ ...options.client.peerOptions, ...sizes });
    this.#peer.onWake = () => this.poll();
  }

  connect(): void {
    this.#started = performance.now();
    this.state = 'connecting';
    beginToConnect(this.#peer, this.#options.client);
  }

  send(due: number): boolean {
    const { isText, size, expectsEcho } = this.#options;
    const number = this.#next;
    const bytes = size.least + Math.floor(Math.random() * (size.most - size.least + 1));
    const head = `${number} `.padEnd(LEAST_BYTES, '.');
    const text = head.padEnd(bytes, 'x');
    if (this.#peer.send(isText ? text : Buffer.from(text, 'latin1')) !== ErrorCode.OK) return false;
    this.#next++;
    this.#measured.sent++;
    this.#measured.sentBytes += bytes;
    if (!expectsEcho) return true;
    this.#waiting.set(number, due);
    if (this.#waiting.size > MOST_WAITING) {
      const [oldest = 0] = this.#waiting.keys();
      this.#waiting.delete(oldest);
      this.#measured.lost++;
    }
    return true;
  }

  isWaiting(): boolean {
    return this.state === 'open' && this.#waiting.size > 0;
  }

  poll(): void {
    this.#peer.poll();
    const now = performance.now();
    for (const packet of this.#peer.packets()) this.#receive(packet, now);
    const readyState = this.#peer.getReadyState();
    if (readyState === State.STATE_OPEN && this.state === 'connecting') {
      this.state = 'open';
      this.#measured.connecting.add(now - this.#started);
      this.#events.opened(this);
    }
    if (readyState === State.STATE_CLOSED && this.state !== 'closed') this.#fail();
  }

  leave(): void {
    if (this.state === 'connecting') this.#measured.count(this.#measured.failed, LATE);
    this.#measured.lost += this.#waiting.size;
    this.#waiting.clear();
    this.state = 'closed';
    this.#peer.onWake = () => this.#peer.poll();
    this.#peer.close();
  }

  #receive(packet: string | Uint8Array, now: number): void {
    this.#measured.received++;
    this.#measured.receivedBytes += packet.length;
    if (!this.#options.expectsEcho) return;
    const head =
      typeof packet === 'string' ? packet.slice(0, LEAST_BYTES) : utf8.decode(packet.subarray(0, LEAST_BYTES));
    const number = /^(\d+) /.exec(head)?.[1];
    const due = number === undefined ? undefined : this.#waiting.get(Number(number));
    if (due === undefined) {
      this.#measured.unexpected++;
      return;
    }
    this.#waiting.delete(Number(number));
    this.#measured.latency.add(now - due);
  }

  /** It did not open, or the other side has closed it. */
  #fail(): void {
    const wasOpen = this.state === 'open';
    const failure = this.#peer.getLastFailure();
    const code = failure?.code ?? `close code ${this.#peer.getCloseCode()}`;
    const { closed, failed } = this.#measured;
    this.#measured.count(wasOpen ? closed : failed, code);
    this.#measured.lost += this.#waiting.size;
    this.#waiting.clear();
    this.state = 'closed';
    this.#peer.onWake = null;
    this.#events.closed(this);
  }
}
