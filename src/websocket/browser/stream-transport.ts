import type { Clock } from '../../clock.ts';
import { CloseCode } from '../../protocol/index.ts';
import type { BrowserStreamEnd, BrowserStreamOpening, BrowserWebSocketStream, BrowserWriter } from './globals.ts';
import type { BrowserTransport, TransportSink } from './transport.ts';

/** After a write has failed, the end of the connection is told within this time. Milliseconds. */
const END_WITHIN = 1000;
/** Nothing came for so long although it was asked for: the browser holds nothing. Milliseconds. */
const CAUGHT_UP_AFTER = 100;

/** Over a browser's `WebSocketStream`, which stops reading from the network when nobody reads from it. */
export class StreamTransport implements BrowserTransport {
  readonly canPause = true;
  unsentBytes = 0;
  unsentPackets = 0;
  readonly #stream: BrowserWebSocketStream;
  #sink: TransportSink | null;
  readonly #clock: Clock;
  /** Reading has paused, and has not caught up since: the browser may hold more. */
  #mayLag = false;
  #writer: BrowserWriter | null = null;
  #lastWrite: Promise<void> = Promise.resolve();
  #hasFailed = false;
  #hasEnded = false;
  /** Called when reading may go on. */
  #goOn: (() => void) | null = null;

  constructor(stream: BrowserWebSocketStream, sink: TransportSink, clock: Clock) {
    this.#stream = stream;
    this.#sink = sink;
    this.#clock = clock;
    void this.#live();
  }

  send(message: string | Uint8Array, size: number): void {
    if (this.#writer === null) return;
    this.unsentBytes += size;
    this.unsentPackets++;
    const onTaken = (): void => {
      this.unsentBytes -= size;
      this.unsentPackets--;
    };
    const onFailed = (): void => {
      onTaken();
      // Part of an end, which `closed` tells soon; or nothing more can be written, and then it has to be one.
      this.#clock.setTimeout(() => {
        if (this.#hasEnded) return;
        this.#hasFailed = true;
        this.#stream.close();
      }, END_WITHIN);
    };
    // It waits by reference: the caller may use its memory again.
    const chunk = typeof message === 'string' ? message : new Uint8Array(message);
    this.#lastWrite = this.#writer.write(chunk).then(onTaken, onFailed);
  }

  resume(): void {
    const goOn = this.#goOn;
    this.#goOn = null;
    goOn?.();
  }

  /**
   * What was sent before leaves first. A stream that is closed while it has messages to pass on throws them away, and soon
   * makes the page crash (Chromium 147).
   */
  close(code: number, reason: string): void {
    const close = (): void => this.#stream.close({ closeCode: code, reason });
    if (this.unsentPackets === 0) close();
    else void this.#lastWrite.then(close);
    this.resume();
  }

  abandon(code: number): void {
    this.#sink = null;
    // For the crash: lets go of what it has not passed on.
    if (this.unsentPackets > 0) this.#writer?.abort().catch(() => {});
    this.#stream.close({ closeCode: code });
    this.resume();
  }

  /** From the opening to the end; never rejects. */
  async #live(): Promise<void> {
    const { opened, closed } = this.#stream;
    const end = closed.then(
      ({ closeCode, reason }) => this.#endWith(closeCode ?? CloseCode.NO_STATUS_RECEIVED, reason),
      // Of a Close that found messages waiting to be sent it has the code all the same.
      ({ closeCode, reason }: BrowserStreamEnd) => this.#endWith(closeCode ?? CloseCode.ABNORMAL_CLOSURE, reason),
    );
    // What `opened` and `read` reject with, `closed` does too.
    const opening = await opened.catch(() => null);
    if (opening !== null) await this.#readAll(opening);
    const { code, reason, isComplete } = await end;
    this.#sink?.onClose(code, reason, isComplete);
  }

  async #readAll({ protocol, readable, writable }: BrowserStreamOpening): Promise<void> {
    const reader = readable.getReader();
    this.#writer = writable.getWriter();
    this.#sink?.onOpen(protocol);
    for (;;) {
      const asked = this.#clock.now();
      const chunk = await reader.read().catch(() => null);
      if (chunk?.value === undefined) return;
      if (this.#clock.now() - asked >= CAUGHT_UP_AFTER) this.#mayLag = false;
      if (this.#sink?.onMessage(chunk.value) === false) {
        this.#mayLag = true;
        await new Promise<void>((resolve) => {
          this.#goOn = resolve;
        });
      }
    }
  }

  /**
   * What waits in the browser when a connection ends is lost to a reader that has paused, or that still catches up (seen in
   * Chromium 147): then nobody can say that all messages came.
   */
  #endWith(code: number, reason = ''): End {
    this.#hasEnded = true;
    const isComplete = !this.#mayLag;
    this.resume();
    return { code: this.#hasFailed ? CloseCode.ABNORMAL_CLOSURE : code, reason, isComplete };
  }
}

interface End {
  readonly code: number;
  readonly reason: string;
  readonly isComplete: boolean;
}
