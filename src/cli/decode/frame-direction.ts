import { isUtf8 } from 'node:buffer';
import { isFailure } from '../../failure.ts';
import {
  Counters,
  type Extension,
  MessageReader,
  PacketQueue,
  type Platform,
  parseClosePayload,
  type ReaderOwner,
  type Violation,
} from '../../protocol/index.ts';

/** Messages beyond this are not shown: a capture may claim any size. */
export const LONGEST_MESSAGE = 64 * 1024 * 1024;

const decoder = new TextDecoder();

/** Memory that is not asked for: a capture may have many connections, each with a frame that announces much. */
const FREE_SIZE = 64 * 1024;

/** Ends the reading of a message for which there is no room. */
class NoRoom extends Error {}

/** What reading frames needs of the platform. Nothing is sent, so that there is no randomness. */
const platform: Platform = {
  fillRandom: unused,
  sha1: unused,
  isUtf8: (bytes) => isUtf8(bytes),
  encodeUtf8: (text) => new TextEncoder().encode(text),
  decodeUtf8: (bytes) => decoder.decode(bytes),
};

/** What a direction reports, in the order of the frames. */
export interface FrameListener {
  onMessage(data: Uint8Array, isText: boolean): void;
  onPing(kind: 'ping' | 'pong', data: Uint8Array): void;
  onClose(code: number, reason: string): void;
  /** Nothing is read after it. */
  onViolation(message: string): void;
  /** Whether there is room for so much memory, for a message of which only the beginning has come. */
  onReserve(size: number): boolean;
  /** `onReserve` has returned false. Nothing is read after it. */
  onNoRoom(): void;
}

/** Reads the frames that one end of a connection has sent, with the protocol's reader. */
export class FrameDirection implements ReaderOwner {
  readonly #reader: MessageReader;
  readonly #listener: FrameListener;

  constructor(isFromClient: boolean, extension: Extension | null, listener: FrameListener) {
    this.#listener = listener;
    this.#reader = new MessageReader({
      owner: this,
      queue: new PacketQueue(),
      settings: { inboundBufferSize: LONGEST_MESSAGE, maxQueuedPackets: 1024, maxFragments: 1_000_000 },
      counters: new Counters(),
      platform: { ...platform, allocate: (size) => this.#allocate(size) },
      expectsMask: isFromClient,
      extension,
    });
  }

  /** `bytes` may be overwritten. */
  receive(bytes: Uint8Array): void {
    try {
      this.#reader.receive(bytes);
      this.#drain();
      while (this.#reader.isBlocked) {
        this.#reader.resume();
        this.#drain();
      }
    } catch (error) {
      if (!(error instanceof NoRoom)) throw error;
      this.#listener.onNoRoom();
    }
  }

  #allocate(size: number): Uint8Array<ArrayBuffer> {
    if (size > FREE_SIZE && !this.#listener.onReserve(size)) throw new NoRoom();
    // Not cleared: its pages are not used until bytes come.
    return new Uint8Array(Buffer.allocUnsafeSlow(size).buffer);
  }

  onPing(payload: Uint8Array): void {
    this.#drain();
    this.#listener.onPing('ping', payload.slice());
  }

  onPong(payload: Uint8Array): void {
    this.#drain();
    this.#listener.onPing('pong', payload.slice());
  }

  onClose(payload: Uint8Array): void {
    this.#drain();
    const close = parseClosePayload(payload, platform);
    if (isFailure(close)) this.#listener.onViolation(close.message);
    else this.#listener.onClose(close.code, close.reason);
  }

  onViolation({ message }: Violation): void {
    this.#drain();
    this.#listener.onViolation(message);
  }

  /** Messages come before the control frames behind them. */
  #drain(): void {
    const { queue } = this.#reader;
    while (queue.count > 0) {
      const isText = queue.isFirstText;
      const data = queue.shift();
      if (data !== undefined) this.#listener.onMessage(data, isText);
    }
  }
}

function unused(): never {
  throw new Error('nothing is sent here');
}
