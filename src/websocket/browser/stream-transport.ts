import type { Clock } from '../../clock.ts';
import { CloseCode } from '../../protocol/index.ts';
import type { BrowserStreamEnd, BrowserStreamOpening, BrowserWebSocketStream, BrowserWriter } from './globals.ts';
import type { BrowserTransport, TransportSink } from './transport.ts';

/** After a failed write, the end of the connection is reported within this time. Milliseconds. */
const END_WITHIN = 1000;
/** When a read waits this long, the browser holds no more messages. Milliseconds. */
const CAUGHT_UP_AFTER = 100;

/** Over a browser's `WebSocketStream`, which stops reading from the network while the page does not read from it. */
export class StreamTransport implements BrowserTransport {
  readonly canPause = true;
  unsentBytes = 0;
  unsentPackets = 0;
  readonly #stream: BrowserWebSocketStream;
  #sink: TransportSink | null;
  readonly #clock: Clock;
  /** Reading has paused, and the browser may still hold messages. */
  #mayLag = false;
  #writer: BrowserWriter | null = null;
  #lastWrite: Promise<void> = Promise.resolve();
  #hasFailed = false;
  #hasEnded = false;
  /** Resumes reading. */
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
      // The connection has ended, which `closed` tells soon; or only writing failed, and then it is ended here.
      this.#clock.setTimeout(() => {
        if (this.#hasEnded) return;
        this.#hasFailed = true;
        this.#stream.close();
      }, END_WITHIN);
    };
    // A copy: the browser keeps a reference, and the caller may reuse its memory.
    const chunk = typeof message === 'string' ? message : new Uint8Array(message);
    this.#lastWrite = this.#writer.write(chunk).then(onTaken, onFailed);
  }

  resume(): void {
    const goOn = this.#goOn;
    this.#goOn = null;
    goOn?.();
  }

  /**
   * What was sent before leaves first. A stream that is closed while it has messages to pass on discards them, and the page
   * crashes soon after (Chromium 147).
   */
  close(code: number, reason: string): void {
    const close = (): void => this.#stream.close({ closeCode: code, reason });
    if (this.unsentPackets === 0) close();
    else void this.#lastWrite.then(close);
    this.resume();
  }

  abandon(code: number): void {
    this.#sink = null;
    // Discards what is not passed on, to avoid the crash.
    if (this.unsentPackets > 0) this.#writer?.abort().catch(() => {});
    this.#stream.close({ closeCode: code });
    this.resume();
  }

  /** From the opening to the end; never rejects. */
  async #live(): Promise<void> {
    const { opened, closed } = this.#stream;
    const end = closed.then(
      ({ closeCode, reason }) => this.#endWith(closeCode ?? CloseCode.NO_STATUS_RECEIVED, reason),
      // It has the code of a Close that came while messages waited to be sent, too.
      ({ closeCode, reason }: BrowserStreamEnd) => this.#endWith(closeCode ?? CloseCode.ABNORMAL_CLOSURE, reason),
    );
    // `opened` and `read` reject with the same reason as `closed`.
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
   * When a connection ends, the browser discards the messages that it holds (seen in Chromium 147). A reader that had paused, or
   * had not caught up, cannot know whether all messages came.
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
