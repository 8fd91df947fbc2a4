import type { Failure } from '../../failure.ts';
import { CHANNELS } from '../diagnostics/diagnostics.ts';
import type { MultiplayerMessage } from '../diagnostics/diagnostics-messages.ts';
import type { PeerLimits } from '../limits/peer-limits.ts';
import { type PeerCounters, PeerMeter } from '../limits/peer-statistics.ts';
import { PollGap } from '../limits/poll-gap.ts';
import { Refusals } from '../limits/refusals.ts';
import type { FloodJudge } from '../limits/sender-shares.ts';
import type { SceneSignals } from './scene-signals.ts';

/** What `LimitEnforcer` needs from its multiplayer. */
export interface EnforcerContext {
  readonly signals: SceneSignals;
  /** The properties that every diagnostics message about `id` has. */
  describe(id: number): MultiplayerMessage;
  /**
   * Ends the connection to `id` because of `failure`. `tell` is called after the connection has ended and before the signal
   * is emitted.
   */
  disconnect(id: number, failure: Failure, tell: () => void): void;
}

/**
 * Measures what peers send against the limits, and reports what was dropped. Differences between two programs are reported
 * with a count for each kind. Only too much traffic, and packets that no engine sends, can end a connection.
 */
export class LimitEnforcer implements FloodJudge {
  readonly gap: PollGap;
  readonly #limits: Required<PeerLimits>;
  readonly #context: EnforcerContext;
  readonly #meters = new Map<number, PeerMeter>();
  readonly #refusals = new Refusals();
  /** Those that have sent others more than these take. They are disconnected where a poll handles their packets. */
  readonly #blamed = new Map<number, Failure>();
  #now: number;

  constructor(limits: Required<PeerLimits>, now: number, context: EnforcerContext) {
    this.#limits = limits;
    this.#context = context;
    this.#now = now;
    this.gap = new PollGap(now);
  }

  beginPoll(now: number): void {
    this.#now = now;
    this.gap.poll(now);
  }

  /** As `beginPoll`, after a time without other peers, which is no gap. */
  resume(now: number): void {
    this.#now = now;
    this.gap.resume(now);
  }

  /** Meters `id`, a client of this server, from now on. Other peers are trusted, or are not connected directly. */
  meter(id: number): void {
    this.#meters.set(id, new PeerMeter(this.#limits, this.#now));
  }

  statistics(id: number): PeerCounters | null {
    const meter = this.#meters.get(id);
    if (meter === undefined) return null;
    const { packets, bytes, badPackets, refusedPackets, relayedPackets } = meter;
    return { packets, bytes, badPackets, refusedPackets, relayedPackets };
  }

  forget(id: number): void {
    this.#meters.delete(id);
    this.#refusals.forget(id);
    this.#blamed.delete(id);
  }

  clear(): void {
    this.#meters.clear();
    this.#refusals.clear();
    this.#blamed.clear();
  }

  /** Counts a packet of `size` bytes, and returns whether to handle it. `isForOthers`: it is only relayed. */
  admits(from: number, size: number, isForOthers: boolean): boolean {
    const meter = this.#meters.get(from);
    if (meter === undefined) return true;
    if (this.#blamed.size > 0 && !this.#punish(from)) return false;
    const excess = meter.count(size, isForOthers, this.gap.burstSeconds, this.#now);
    return excess === null || this.#misbehave(from, excess);
  }

  /** Counts a packet of `size` bytes for `receivers` peers, and returns whether to relay it. */
  admitsRelayed(from: number, receivers: number, size: number): boolean {
    const excess = this.#meters.get(from)?.countRelayed(receivers, size, this.gap.burstSeconds, this.#now) ?? null;
    return excess === null || this.#misbehave(from, excess);
  }

  get now(): number {
    return this.#now;
  }

  get burstSeconds(): number {
    return this.gap.burstSeconds;
  }

  blame(sender: number, receiver: number): boolean {
    const message = `most of what waits for ${receiver}, more than its bounds allow, was sent by ${sender} within seconds`;
    if (this.#meters.has(sender)) this.#blamed.set(sender, { code: 'TICKPEER_PEER_LIMIT', message });
    return this.#limits.disconnect;
  }

  /** Ends the connections of those that `blame` was called for. */
  punishBlamed(): void {
    if (this.#blamed.size > 0) for (const id of [...this.#blamed.keys()]) this.#punish(id);
  }

  /** Counts and reports a dropped packet of `from`. Packets with the same code and `subject` are counted together. */
  refuse(from: number, failure: Failure, subject: string): void {
    const { code } = failure;
    const isCounted = code === 'TICKPEER_BAD_PACKET';
    const meter = this.#meters.get(from);
    const excess = isCounted ? (meter?.countBad(this.#now) ?? null) : null;
    if (!isCounted && meter !== undefined) meter.refusedPackets++;
    const { kind, count, isTold } = this.#refusals.count(from, code, subject);
    try {
      if (isTold) {
        const channel = CHANNELS['tickpeer:multiplayer:packet-refused'];
        if (channel.hasSubscribers) {
          channel.publish({ ...this.#context.describe(from), failure, kind, count, isCounted });
        }
        this.#context.signals.badPacket.emit(from, failure, count);
      }
    } finally {
      if (excess !== null) this.#misbehave(from, excess);
    }
  }

  /**
   * Counts and reports that the methods of a node differ from those of `id`. `methods` is equal for all nodes that have the
   * same methods.
   */
  differ(id: number, failure: Failure, path: string, methods: string): void {
    const meter = this.#meters.get(id);
    if (meter !== undefined) meter.refusedPackets++;
    const { count, isTold } = this.#refusals.count(id, failure.code, methods);
    if (!isTold) return;
    const channel = CHANNELS['tickpeer:multiplayer:checksum-mismatch'];
    if (channel.hasSubscribers) channel.publish({ ...this.#context.describe(id), failure, path, count });
    this.#context.signals.checksumMismatch.emit(id, failure, count);
  }

  /** Returns whether `id` stays connected. */
  #punish(id: number): boolean {
    const failure = this.#blamed.get(id);
    this.#blamed.delete(id);
    return failure === undefined || this.#misbehave(id, failure);
  }

  /** Counts and reports that `id` has exceeded a limit. Returns whether it stays connected. */
  #misbehave(id: number, failure: Failure): boolean {
    if (!this.#meters.has(id)) return false; // a handler has already disconnected it
    const isDisconnected = this.#limits.disconnect;
    const { count, isTold } = this.#refusals.count(id, failure.code, failure.message);
    if (isTold || isDisconnected) {
      const channel = CHANNELS['tickpeer:multiplayer:limit'];
      if (channel.hasSubscribers) {
        channel.publish({ ...this.#context.describe(id), failure, isDisconnected, count });
      }
    }
    const { peerMisbehaved } = this.#context.signals;
    if (isDisconnected) this.#context.disconnect(id, failure, () => peerMisbehaved.emit(id, failure, count));
    else if (isTold) peerMisbehaved.emit(id, failure, count);
    return !isDisconnected;
  }
}
