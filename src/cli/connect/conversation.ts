import { ErrorCode } from '../../error-code.ts';
import { WebSocketPeer, WriteMode } from '../../websocket/index.ts';
import { ExitCode } from '../command/exit-code.ts';
import type { Message } from './message-view.ts';
import type { Output } from './output.ts';

/** A message to send: a string as text. */
export type Outgoing = string | { readonly bytes: Uint8Array; readonly isText: boolean };

export interface ConversationOptions {
  /** Called for each message, not more often than `most` times, and not while the output is full. */
  onMessage(message: Message): void;
  /** How many messages are taken; then the conversation closes. */
  readonly most: number;
}

/**
 * An open connection until it is closed.
 *
 * - Commands: `start`, `send`, `close`, `stop`, `drop`.
 * - Queries: `received`, `ended`, `result`.
 */
export class Conversation {
  readonly #peer: WebSocketPeer;
  readonly #output: Output;
  readonly #options: ConversationOptions;
  /** Called when there may be room for a message that was refused, and at the end. */
  #waiting: (() => void)[] = [];
  #isPumping = false;
  /** Whether no more messages are taken. */
  #isStopped = false;
  #isOver = false;
  /** Messages that were taken. */
  received: number = 0;
  /** Resolves when the connection is closed and its last message was shown. */
  readonly ended: Promise<void>;
  #end: () => void = () => {};

  constructor(peer: WebSocketPeer, output: Output, options: ConversationOptions) {
    this.#peer = peer;
    this.#output = output;
    this.#options = options;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** Begins to take messages. */
  start(): void {
    this.#output.onRoom = () => this.#pump();
    this.#peer.onWake = () => this.#pump();
    this.#pump();
  }

  get isOpen(): boolean {
    return this.#peer.getReadyState() === WebSocketPeer.STATE_OPEN;
  }

  /**
   * Sends a message, and waits while the peer's buffer is full. Returns why it was not sent, or an empty string. A message above the
   * buffer's size is never sent.
   */
  async send(message: Outgoing): Promise<string> {
    for (;;) {
      const result = this.#trySend(message);
      if (result === ErrorCode.OK) return '';
      const isTooLong = sizeOf(message) > this.#peer.outboundBufferSize;
      if (result !== ErrorCode.ERR_OUT_OF_MEMORY || isTooLong || this.#isOver) {
        return this.#peer.getLastFailure()?.message ?? ErrorCode[result];
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Sends a Close after what was sent before. */
  close(code: number = 1000, reason: string = ''): void {
    if (!this.isOpen) return;
    this.#peer.close(code, reason);
    this.#pump();
  }

  /** As `close`, and takes no more messages: also where the output is full, it ends. */
  stop(): void {
    this.#isStopped = true;
    this.close();
    this.#pump();
  }

  /** Ends the connection without a Close. */
  drop(): void {
    this.#peer.close(-1);
    this.#pump();
  }

  /** How it ended. */
  get result(): ExitCode {
    return isNormalClose(this.#peer.getCloseCode()) ? ExitCode.OK : ExitCode.CLOSED;
  }

  #trySend(message: Outgoing): ErrorCode {
    if (typeof message === 'string') return this.#peer.sendText(message);
    return this.#peer.send(message.bytes, message.isText ? WriteMode.WRITE_MODE_TEXT : WriteMode.WRITE_MODE_BINARY);
  }

  #pump(): void {
    if (this.#isPumping || this.#isOver) return; // closing inside of it is seen at its end
    this.#isPumping = true;
    const peer = this.#peer;
    peer.poll();
    while (!this.#output.isFull && !this.#isComplete && peer.getAvailablePacketCount() > 0) {
      const bytes = peer.getPacket();
      this.received++;
      this.#options.onMessage({ bytes, isText: peer.wasStringPacket() });
    }
    this.#isPumping = false;
    if (this.#isComplete) this.close();
    const isShown = this.#isComplete || peer.getAvailablePacketCount() === 0;
    if (peer.getReadyState() === WebSocketPeer.STATE_CLOSED && isShown) this.#finish();
    for (const resume of this.#waiting.splice(0)) resume();
  }

  get #isComplete(): boolean {
    return this.#isStopped || this.received >= this.#options.most;
  }

  #finish(): void {
    this.#isOver = true;
    this.#peer.onWake = null;
    this.#end();
  }
}

/** Whether a close code says that nothing is wrong. 1005: a Close without a code, as many programs send it. */
export function isNormalClose(code: number): boolean {
  return code === 1000 || code === 1001 || code === 1005;
}

function sizeOf(message: Outgoing): number {
  return typeof message === 'string' ? Buffer.byteLength(message) : message.bytes.length;
}
