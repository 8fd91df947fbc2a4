import { ErrorCode } from '../error-code.ts';
import { StreamPeer } from '../stream/index.ts';
import type { Conditions } from './conditions.ts';
import type { Direction } from './direction.ts';
import type { VirtualLink } from './virtual-link.ts';

/**
 * One end of a `VirtualLink`. It behaves as a TCP socket: bytes arrive in turns of the event loop, which are the clock's;
 * bytes beyond the capacity wait here; and an end that is dropped with unread bytes, or gets more of them afterwards, sends
 * a reset.
 */
export class VirtualStream extends StreamPeer {
  readonly link: VirtualLink;
  #outgoing!: Direction;
  #incoming!: Direction;
  #isEnding = false;
  #isLingering = false;
  #isGone = false;
  #lingerTimer: unknown = null;

  /** Made by `VirtualNetwork.connect`. */
  constructor(link: VirtualLink) {
    super();
    this.link = link;
  }

  // ---------------------------------------------------------------- conditions

  /** Changes the conditions from here to the other end; `link.change` does it for both directions. */
  change(conditions: Conditions): void {
    this.#outgoing.change(conditions);
  }

  /** Delays everything that this end sends for this many milliseconds (`Infinity`: for ever). */
  stall(milliseconds: number): void {
    if (!(milliseconds >= 0)) throw new RangeError(`a stall lasts a number of milliseconds, not ${milliseconds}`);
    this.#note(`stalls for ${milliseconds} ms`);
    this.#outgoing.stall(milliseconds);
  }

  /**
   * Breaks this end: it fails with `TICKPEER_CONNECTION_RESET`, bytes in transit are lost, and the other end is not notified
   * and stays open. This happens when a machine loses its power, or changes its network.
   */
  breakOff(): void {
    this.link.cut();
    this.fail(0, 'this end of the link broke off');
  }

  /** Resets the connection: this end fails in the next turn, the other end when the reset arrives. */
  reset(): void {
    const { latency } = this.#outgoing.conditions;
    this.link.cut();
    this.fail(0, 'this end reset the link');
    this.#other.fail(latency, 'the other end reset the link');
  }

  // ---------------------------------------------------------------- StreamPeer

  override poll(): ErrorCode {
    return this.getLastFailure() === null ? ErrorCode.OK : ErrorCode.ERR_CONNECTION_ERROR;
  }

  override pauseReading(): void {
    this.#incoming.isReading = this.#isGone || this.#isLingering;
  }

  override resumeReading(): void {
    this.#incoming.isReading = true;
  }

  override write(bytes: Uint8Array): void {
    if (this.writeStatus() !== ErrorCode.OK || bytes.length === 0) return;
    this.#note(`writes ${bytes.length} bytes`);
    this.#outgoing.write(bytes);
  }

  override getUnsentBytes(): number {
    return this.#isGone ? 0 : this.#outgoing.unsentBytes;
  }

  override end(): void {
    if (this.#isGone || this.#isEnding) return;
    this.#note('ends');
    this.#isEnding = true;
    this.#outgoing.end();
  }

  override destroy(): void {
    this.setSink(null);
    if (this.#isGone) return;
    this.#note('is dropped');
    this.#leave();
    if (this.#incoming.unreadBytes > 0) this.#answerWithReset();
    else this.#outgoing.end();
  }

  override linger(milliseconds: number): void {
    if (!(milliseconds >= 0)) throw new RangeError(`a linger time is a number >= 0, not ${milliseconds}`);
    this.setSink(null);
    if (this.#isGone) return;
    if (!this.isOpen) {
      this.destroy();
      return;
    }
    this.end();
    this.#isLingering = true;
    this.resumeReading();
    this.#lingerTimer = this.link.clock.setTimeout(() => this.destroy(), milliseconds);
    this.#leaveIfDone();
  }

  override get isLingering(): boolean {
    return this.#isLingering && !this.#isGone;
  }

  protected override writeStatus(): ErrorCode {
    return this.#isGone || this.#isEnding || !this.isOpen ? ErrorCode.FAILED : ErrorCode.OK;
  }

  // ---------------------------------------------------------------- for the link

  /** @internal */
  attach(outgoing: Direction, incoming: Direction): void {
    this.#outgoing = outgoing;
    this.#incoming = incoming;
  }

  /** @internal */
  open(): void {
    if (!this.#isGone) this.reportOpen();
  }

  /** Fails after this many milliseconds, unless it is closed by then. @internal */
  fail(milliseconds: number, message: string): void {
    this.link.clock.setTimeout(() => {
      if (this.#isGone) return;
      this.#note('fails');
      this.#leave();
      this.#incoming.goDark();
      this.reportFailure({ code: 'TICKPEER_CONNECTION_RESET', message });
    }, milliseconds);
  }

  /** @internal */
  onDrained(): void {
    if (this.#isGone) return;
    if (this.#isLingering) this.#leaveIfDone();
    else this.reportDrain();
  }

  /** @internal */
  onBytes(chunk: Uint8Array): void {
    this.#note(`gets ${chunk.length} bytes`);
    if (this.#isGone) this.#answerWithReset();
    else if (!this.#isLingering) this.reportData(chunk);
  }

  /** @internal */
  onEnd(): void {
    if (this.#isGone) return;
    this.#note('sees the end');
    this.reportEnd();
    this.#leaveIfDone();
  }

  // ---------------------------------------------------------------- the inside

  get #other(): VirtualStream {
    const [one, two] = this.link.ends;
    return one === this ? two : one;
  }

  #leaveIfDone(): void {
    if (this.#isLingering && this.hasEnded && this.#outgoing.unsentBytes === 0) this.destroy();
  }

  /** Detaches it from the program. Bytes that the kernel has taken are still sent. */
  #leave(): void {
    this.#isGone = true;
    this.#outgoing.dropUnsent();
    this.#incoming.isReading = true;
    if (this.#lingerTimer !== null) this.link.clock.clearTimeout(this.#lingerTimer);
    this.#lingerTimer = null;
  }

  /** Sends a reset, because nothing reads those bytes (RFC 9293 3.10.7.1, RFC 2525 2.17). */
  #answerWithReset(): void {
    const { latency } = this.#outgoing.conditions;
    this.#incoming.goDark();
    this.#other.fail(latency, 'the other end was dropped and got more bytes');
  }

  #note(what: string): void {
    this.link.note(this, what);
  }
}
