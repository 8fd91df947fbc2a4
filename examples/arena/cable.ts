import { type StreamPeer, type StreamSink, systemClock } from 'tickpeer';
import { VirtualNetwork } from 'tickpeer/testing';

/** Bytes that a cable holds: half a second of the largest snapshots. */
const CAPACITY = 1024 * 1024;
/** Milliseconds that a page's socket is kept after its peer has ended, for the page to end, too. */
const LINGER = 5000;

const network = new VirtualNetwork({ clock: systemClock, capacity: CAPACITY });

/**
 * A bad cable between a page's socket and its peer: the virtual network of `tickpeer/testing`, in real time.
 *
 *     page  <->  socket  <->  [ near end ... far end ]  <->  peer of a WebSocketServer
 */
export class Cable {
  readonly #socket: StreamPeer;
  readonly #onEnd: () => void;
  readonly #link = network.connect();

  /** `onEnd` is called when the peer at the far end has ended, or the cable was destroyed or broke. */
  constructor(socket: StreamPeer, onEnd: () => void) {
    this.#socket = socket;
    this.#onEnd = onEnd;
    const [near] = this.#link.ends;
    const onFailure = (): void => this.destroy();
    const onFarEnd = (): void => {
      onEnd();
      socket.linger(LINGER);
    };
    near.setSink(new Pump(near, socket, { onEnd: onFarEnd, onFailure }));
    socket.setSink(new Pump(socket, near, { onEnd: () => near.end(), onFailure }));
  }

  /** The end for `acceptStream`. */
  get farEnd(): StreamPeer {
    return this.#link.ends[1];
  }

  /** Latency of one direction in milliseconds, and the largest random addition. */
  change(latency: number, jitter: number): void {
    this.#link.change({ latency, jitter });
  }

  /** Nothing arrives for a time, in either direction; then all of it. */
  stall(milliseconds: number): void {
    this.#link.stall(milliseconds);
  }

  /** Nothing arrives any more, and neither end is told. */
  cut(): void {
    this.#link.cut();
  }

  destroy(): void {
    this.#onEnd();
    this.#socket.destroy();
    this.#link.ends[0].destroy();
  }
}

/** Moves bytes from one stream to another, no faster than that one accepts them. */
class Pump implements StreamSink {
  readonly #from: StreamPeer;
  readonly #to: StreamPeer;
  readonly #after: { readonly onEnd: () => void; readonly onFailure: () => void };

  constructor(from: StreamPeer, to: StreamPeer, after: { onEnd: () => void; onFailure: () => void }) {
    this.#from = from;
    this.#to = to;
    this.#after = after;
  }

  onStreamOpen(): void {}

  onStreamData(chunk: Uint8Array): void {
    this.#to.write(new Uint8Array(chunk)); // a copy: the chunk is valid only during this call
    if (this.#to.getUnsentBytes() > 0) this.#from.pauseReading();
  }

  /** `from` has accepted everything, so the other direction may continue. */
  onStreamDrain(): void {
    this.#to.resumeReading();
  }

  onStreamEnd(): void {
    this.#after.onEnd();
  }

  onStreamFailure(): void {
    this.#after.onFailure();
  }
}
