import type { Statistics, WebSocketPeer } from 'tickpeer';
import type { Pong, Snapshot } from '../wire.js';

/** Milliseconds between two samples. */
export const SAMPLE_INTERVAL = 250;

/** The plotted values of a quarter of a second. Null: nothing was received. */
export interface Sample {
  /** Milliseconds from a frame of this page over a tick of the server to a frame of this page. */
  readonly roundTrip: number | null;
  /** The network's part of it, with the cable: without the waits for the server's tick and the page's frame. */
  readonly network: number | null;
  /** Per second. */
  readonly packetsIn: number;
  readonly packetsOut: number;
  /** Compressed bytes per second: from the server, since a browser does not know them. */
  readonly bytesIn: number | null;
  readonly bytesOut: number | null;
  /** Sent bytes that have not left: in the page, and in the server for this page. */
  readonly bufferedHere: number;
  readonly bufferedThere: number | null;
  /** Milliseconds: the longest. */
  readonly tickTime: number | null;
  readonly botTime: number | null;
}

/** Measures the connection. */
export class Meter {
  /** Snapshots that the server did not send, because the page had not taken earlier ones. */
  skipped = 0;
  #last: Statistics | null = null;
  #lastTime = 0;
  /** The newest status since the last sample, and that of the sample before. */
  #pong: Pong | null = null;
  #lastPong: Pong | null = null;
  #lastPongTime = 0;
  #roundTrip: number | null = null;
  #network: number | null = null;
  #tickTime: number | null = null;
  #botTime: number | null = null;

  /** `arrival`: when the pong arrived, between two frames; null if that is unknown. */
  notePong(pong: Pong, arrival: number | null, now: number): void {
    this.#roundTrip = Math.max(this.#roundTrip ?? 0, now - pong.time);
    if (arrival !== null) this.#network = Math.max(this.#network ?? 0, networkTime(pong, arrival));
    this.#pong = pong;
    this.skipped = pong.skipped;
  }

  noteSnapshot({ tickTime, botTime }: Snapshot): void {
    this.#tickTime = Math.max(this.#tickTime ?? 0, tickTime);
    this.#botTime = Math.max(this.#botTime ?? 0, botTime);
  }

  /** A sample, when it is time for one; otherwise null. */
  sample(socket: WebSocketPeer, now: number): Sample | null {
    const seconds = (now - this.#lastTime) / 1000;
    if (seconds * 1000 < SAMPLE_INTERVAL) return null;
    const statistics = socket.getStatistics();
    const last = this.#last ?? statistics;
    const rate = (name: 'packetsReceived' | 'packetsSent'): number =>
      Math.max(0, statistics[name] - last[name]) / seconds;
    const sample: Sample = {
      roundTrip: this.#roundTrip,
      network: this.#network,
      packetsIn: rate('packetsReceived'),
      packetsOut: rate('packetsSent'),
      ...this.#bytes(now),
      bufferedHere: socket.getCurrentOutboundBufferedAmount(),
      bufferedThere: this.#pong?.buffered ?? null,
      tickTime: this.#tickTime,
      botTime: this.#botTime,
    };
    this.#last = statistics;
    this.#lastTime = now;
    this.#roundTrip = this.#network = this.#tickTime = this.#botTime = this.#pong = null;
    return sample;
  }

  #bytes(now: number): Pick<Sample, 'bytesIn' | 'bytesOut'> {
    const pong = this.#pong;
    if (pong === null) return { bytesIn: null, bytesOut: null };
    const last = this.#lastPong;
    const seconds = (now - this.#lastPongTime) / 1000;
    this.#lastPong = pong;
    this.#lastPongTime = now;
    // A new connection counts from 0 again.
    if (last === null || last.bytesSent > pong.bytesSent) return { bytesIn: null, bytesOut: null };
    return {
      bytesIn: (pong.bytesSent - last.bytesSent) / seconds,
      bytesOut: (pong.bytesReceived - last.bytesReceived) / seconds,
    };
  }
}

/** Round-trip time in milliseconds, without the time that the ping waited in the server for its tick. */
export function networkTime({ time, waited }: Pick<Pong, 'time' | 'waited'>, arrival: number): number {
  return Math.max(0, arrival - time - waited);
}
