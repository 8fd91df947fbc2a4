import { ErrorCode } from '../error-code.ts';
import { StreamPeer } from '../stream/index.ts';
import type { Conditions } from './conditions.ts';
import type { Direction } from './direction.ts';
import type { VirtualLink } from './virtual-link.ts';

/**
 * One end of a `VirtualLink`. It behaves as a TCP socket does: bytes arrive in turns of the event loop, which are the
 * clock's; what the way cannot hold waits here; and an end that is dropped while bytes are unread, or gets more of them
 * afterwards, answers with a reset.
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

  // ---------------------------------------------------------------- the weather

  /** What the way from here to the other end is like from now on; `link.change` does it for both. */
  change(conditions: Conditions): void {
    this.#outgoing.change(conditions);
  }

  /** Nothing that this end sends arrives for so many milliseconds (`Infinity`: ever); then all of it does. */
  stall(milliseconds: number): void {
    if (!(milliseconds >= 0)) throw new RangeError(`a stall lasts a number of milliseconds, not ${milliseconds}`);
    this.#note(`stalls for ${milliseconds} ms`);
    this.#outgoing.stall(milliseconds);
  }

  /**
   * This end breaks off: it fails with `TICKPEER_CONNECTION_RESET`, what is under way is lost, and the other end never
   * hears of it: half an open connection. A machine that lost its power, or changed its network.
   */
  breakOff(): void {
    this.link.cut();
    this.fail(0, 'this end of the link broke off');
  }

  /** This end resets the connection: it fails in the next turn, the other end when the reset has reached it. */
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

  /** Fails after so many milliseconds, unless it is gone by then. @internal */
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

  /** The program has no part in it any more; what the kernel has taken still travels. */
  #leave(): void {
    this.#isGone = true;
    this.#outgoing.dropUnsent();
    this.#incoming.isReading = true;
    if (this.#lingerTimer !== null) this.link.clock.clearTimeout(this.#lingerTimer);
    this.#lingerTimer = null;
  }

  /** RFC 9293 3.10.7.1 and RFC 2525 2.17: there is nobody here for those bytes. */
  #answerWithReset(): void {
    const { latency } = this.#outgoing.conditions;
    this.#incoming.goDark();
    this.#other.fail(latency, 'the other end was dropped and got more bytes');
  }

  #note(what: string): void {
    this.link.note(this, what);
  }
}
