import type { Failure } from '../../failure.ts';
import { override } from '../../multiplayer/index.ts';
import type { StreamPeer, StreamSink } from '../../stream/index.ts';
import { VirtualNetwork } from '../../testing/index.ts';
import { State, type WebSocketPeer } from '../../websocket/index.ts';
import type { LineState } from '../feed/messages.ts';

/** Bytes that the line holds in each direction; more wait at the side that sends them. */
const CAPACITY = 1024 * 1024;
/** Milliseconds for the client to end its connection after the peer has. */
const LINGER = 5000;

/**
 * A bad line in front of an open peer, put between it and its stream: the virtual network of `tickpeer/testing`, in real time.
 *
 *     stream  <->  [ near end ... far end ]  <->  the peer's session
 *
 * It stays until the connection ends. Without latency, bytes come one turn of the event loop later than without it. A peer that is
 * dropped does not wait for it.
 */
export class SimulatedLine {
  readonly #link: ReturnType<VirtualNetwork['connect']>;
  readonly #now: () => number;
  #latency = 0;
  #jitter = 0;
  #stalledUntil = 0;

  /** Null for a peer that is not open. */
  static before(peer: WebSocketPeer): SimulatedLine | null {
    const session = peer.inspected;
    if (session === null || session.stage.open !== session.stage) return null;
    return new SimulatedLine(session);
  }

  private constructor(session: NonNullable<WebSocketPeer['inspected']>) {
    const { clock, stream } = session;
    this.#now = () => clock.now();
    this.#link = new VirtualNetwork({ clock, capacity: CAPACITY }).connect();
    const [near, far] = this.#link.ends;
    const onFailure = (): void => {
      stream.destroy();
      this.#link.reset();
    };
    near.setSink(new Pump(near, stream, { onEnd: () => stream.linger(LINGER), onFailure: () => stream.destroy() }));
    // What the peer has written before is still on its way through the stream: the peer is told when it was taken.
    const onFirstDrain = stream.getUnsentBytes() > 0 ? () => session.onStreamDrain() : null;
    stream.setSink(new Pump(stream, near, { onEnd: () => near.end(), onFailure }, onFirstDrain));
    far.setSink(session);
    session.stream = far;
    session.stage.open?.reroute(far);
    stream.resumeReading(); // a full queue of the peer pauses the far end from now on
    // The session destroys the far end, which the stream would hear of by the line.
    const isClosed = (): boolean => session.state === State.STATE_CLOSED;
    const destroy = (): void => {
      this.#link.cut();
      stream.destroy();
    };
    override(session, 'drop', (drop) => (failure) => {
      const wasClosed = isClosed();
      drop(failure);
      if (!wasClosed) destroy();
    });
    override(session, 'abandon', (abandon) => (failure) => {
      const isEnding = isClosed() || session.stage.streamEnding !== null;
      abandon(failure);
      if (!isEnding) destroy();
    });
  }

  get state(): LineState {
    const { jitter, latency } = { jitter: this.#jitter, latency: this.#latency };
    return { latency, jitter, stalledFor: Math.max(0, Math.round(this.#stalledUntil - this.#now())) };
  }

  /** Milliseconds of one direction, and the largest random addition. */
  change(latency: number, jitter: number): void {
    this.#latency = latency;
    this.#jitter = jitter;
    this.#link.change({ latency, jitter });
  }

  /** No more delay, jitter or stall; what was under way arrives in the next turn. */
  end(): void {
    this.change(0, 0);
    this.#stalledUntil = 0;
    this.#link.release();
  }

  /** Nothing arrives for so many milliseconds, in either direction; then all of it. */
  stall(milliseconds: number): void {
    this.#stalledUntil = Math.max(this.#stalledUntil, this.#now() + milliseconds);
    this.#link.stall(milliseconds);
  }
}

/** What a pump does after its stream. */
interface After {
  readonly onEnd: () => void;
  readonly onFailure: (failure: Failure) => void;
}

/** Moves bytes from one stream to another, no faster than that one takes them. */
class Pump implements StreamSink {
  readonly #from: StreamPeer;
  readonly #to: StreamPeer;
  readonly #after: After;
  #onFirstDrain: (() => void) | null;

  constructor(from: StreamPeer, to: StreamPeer, after: After, onFirstDrain: (() => void) | null = null) {
    this.#from = from;
    this.#to = to;
    this.#after = after;
    this.#onFirstDrain = onFirstDrain;
  }

  onStreamOpen(): void {}

  onStreamData(chunk: Uint8Array): void {
    this.#to.write(new Uint8Array(chunk)); // a copy: the chunk is valid during this call only
    if (this.#to.getUnsentBytes() > 0) this.#from.pauseReading();
  }

  /** `from` has taken everything, so the other direction may go on. */
  onStreamDrain(): void {
    const first = this.#onFirstDrain;
    this.#onFirstDrain = null;
    first?.();
    this.#to.resumeReading();
  }

  onStreamEnd(): void {
    this.#after.onEnd();
  }

  onStreamFailure(failure: Failure): void {
    this.#after.onFailure(failure);
  }
}
