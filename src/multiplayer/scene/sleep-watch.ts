import { ErrorCode } from '../../error-code.ts';
import { type Failure, isFailure } from '../../failure.ts';
import type { SleepOptions } from '../limits/sleep-options.ts';
import { TransferMode } from '../peers/multiplayer-peer.ts';
import type { Router, SendGate } from '../peers/router.ts';
import { Command, commandOf } from '../wire/command.ts';
import { readConfirmation, rootPathPacket } from '../wire/path-packet.ts';
import { Flow, type FlowOwner } from './flow.ts';

/** A client is asked again while it sleeps, because its queue may have been full. Milliseconds, doubled each time. */
const FIRST_REPEAT = 5000;
const LONGEST_REPEAT = 60_000;
/** A client that goes on sending and confirms none of so many probes does not confirm at all. */
const MOST_LOST = 3;

/** What a sleep watch needs from its multiplayer. */
export interface SleepContext {
  readonly router: Router;
  /** A number that stands for no node. */
  nextNumber(): number;
  /** The checksum of the methods that are declared at the root. */
  rootMd5(): string;
  onAsleep(id: number): void;
  onAwake(id: number): void;
  /** More waits for `id` than the bounds allow: its connection has to be closed. */
  onOverslept(id: number, failure: Failure): void;
}

/** Bytes and packets. */
export interface QueueSize {
  readonly bytes: number;
  readonly packets: number;
}

/** What the queue of a client has room for before it has confirmed anything, and when it has handled everything. */
export interface QueueRoom {
  readonly now: QueueSize;
  readonly whenEmpty: QueueSize;
}

/**
 * Recognizes clients whose game does not run, while their browser goes on taking bytes until their queue is full and then drops packets
 * (docs/sleeping-tabs.md). A client that has sent nothing for a while, and may not have handled what it was sent, is sent a new number for
 * the path of the root. The engine confirms it in the frame in which it has handled everything before. Without a confirmation the client is
 * asleep, and its packets wait in the outbox. Until that is known, it is sent no more than fits into its queue.
 */
export class SleepWatch implements SendGate, FlowOwner {
  readonly #context: SleepContext;
  readonly #options: Required<SleepOptions>;
  /** Milliseconds without a sign: until a probe is sent, and from then on until the client is asleep. */
  readonly #patience: number;
  readonly mostBytes: number;
  readonly mostPackets: number;
  readonly #flows = new Map<number, Flow>();
  /** Those that have something to handle, wait for a confirmation, or sleep. */
  readonly #listed: Flow[] = [];
  now = 0;

  constructor(context: SleepContext, options: Required<SleepOptions>) {
    this.#context = context;
    this.#options = options;
    this.#patience = (1000 * options.after) / 2;
    this.mostBytes = Math.floor((options.inboundBufferSize * 7) / 8);
    this.mostPackets = Math.floor((options.maxQueuedPackets * 7) / 8);
  }

  // ---------------------------------------------------------------- for the router

  allowanceOf(id: number): Flow | undefined {
    return this.#flows.get(id);
  }

  admitsWaiting(id: number, size: number): boolean {
    const flow = this.#flows.get(id);
    if (flow === undefined || flow.isMute || flow.unconfirmedPackets === 0) return true;
    return this.#fits(flow.unconfirmedBytes + size, flow.unconfirmedPackets + 1);
  }

  isOpen(id: number): boolean {
    const flow = this.#flows.get(id);
    return flow === undefined || flow.isMute || this.#fits(2 * flow.unconfirmedBytes, 2 * flow.unconfirmedPackets);
  }

  onBlocked(id: number): void {
    const flow = this.#flows.get(id);
    // What was sent since the last probe has to be confirmed before anything else is sent.
    if (flow !== undefined && !flow.isProbed && !this.#isBehind(flow)) this.#probe(flow);
  }

  // ---------------------------------------------------------------- for the flows

  list(flow: Flow): void {
    flow.isListed = true;
    this.#listed.push(flow);
  }

  // ---------------------------------------------------------------- for the multiplayer

  /** A client is admitted. Before that, the engine handles nothing but authentication. */
  begin(id: number): void {
    this.#flows.set(id, new Flow(id, this));
  }

  forget(id: number): void {
    const flow = this.#flows.get(id);
    if (flow === undefined) return;
    flow.isGone = true;
    this.#flows.delete(id);
  }

  clear(): void {
    for (const flow of this.#flows.values()) flow.isGone = true;
    this.#flows.clear();
  }

  /** What the queue of `id` has room for; null for one that does not confirm. */
  roomOf(id: number): QueueRoom | null {
    const flow = this.#flows.get(id);
    if (flow === undefined || flow.isMute) return null;
    const whenEmpty = { bytes: this.mostBytes, packets: this.mostPackets };
    const now = {
      bytes: Math.max(whenEmpty.bytes - flow.unconfirmedBytes, whenEmpty.bytes / 2 - flow.recentBytes),
      packets: Math.max(whenEmpty.packets - flow.unconfirmedPackets, whenEmpty.packets / 2 - flow.recentPackets),
    };
    return { now, whenEmpty };
  }

  /** Whether there is no client to look at. */
  get isIdle(): boolean {
    return this.#listed.length === 0;
  }

  isAsleep(id: number): boolean {
    return this.#flows.get(id)?.isAsleep === true;
  }

  /** A packet of `from` has arrived, and is handled next. */
  receive(from: number, packet: Uint8Array): void {
    const flow = this.#flows.get(from);
    // Nothing to learn: nothing that it was sent is unhandled, and nothing is known to be.
    if (flow === undefined || !flow.isListed) return;
    if (flow.probes.length > 0 && packet.length > 0 && commandOf(packet) === Command.CONFIRM_PATH) {
      const confirmation = readConfirmation(packet);
      // It says exactly how much is handled, and so nothing about what was sent later.
      if (!isFailure(confirmation) && flow.confirm(confirmation.number)) return;
    }
    flow.noteHeard(this.now);
  }

  /** Looks at the clients after what has arrived is handled. `now`: `PollGap.attended`. Emits signals. */
  poll(now: number): void {
    this.now = now;
    const { outbox } = this.#context.router;
    for (const id of outbox.overflowed) this.#end(id);
    // Confirmations have made room.
    outbox.flush();
    for (const id of outbox.ids) {
      // What waits may need a confirmation, also when nothing was sent.
      const flow = this.#flows.get(id);
      if (flow?.isListed === false) this.list(flow);
    }
    const listed = this.#listed;
    for (let at = listed.length - 1; at >= 0; at--) {
      const flow = listed[at];
      if (flow === undefined) continue; // a handler has polled
      if (flow.isGone || this.#isIdle(flow)) {
        flow.isListed = false;
        const last = listed.pop()!;
        if (last !== flow) listed[at] = last;
      } else {
        this.#look(flow);
      }
    }
  }

  // ---------------------------------------------------------------- the inside

  #fits(bytes: number, packets: number): boolean {
    return bytes <= this.mostBytes && packets <= this.mostPackets;
  }

  #isIdle(flow: Flow): boolean {
    if (flow.isMute) return true;
    if (flow.isAsleep || flow.probes.length > 0 || !flow.isSettled) return false;
    // What waits may need a confirmation, even where the client has just sent something.
    return flow.unconfirmedPackets === 0 || !this.#context.router.outbox.has(flow.id);
  }

  #look(flow: Flow): void {
    if (flow.hasGivenSign) {
      flow.hasGivenSign = false;
      flow.lastSign = this.now;
    }
    if (flow.isWaking) this.#wake(flow);
    if (flow.isAsleep) this.#lookAtSleeping(flow);
    if (flow.isAsleep || flow.isGone) return;
    // What has not left this side cannot be confirmed.
    if (this.#isBehind(flow)) {
      flow.lastBehind = this.now;
      return;
    }
    const [oldest] = flow.probes;
    if (oldest !== undefined) {
      const isLost = oldest.heardAt >= 0 && flow.lastHeard - oldest.heardAt >= 2 * this.#patience;
      // A probe may have waited in the client's queue while the client slept, and its confirmation be on the way.
      const since = Math.max(oldest.at, flow.lastSign, flow.lastBehind);
      if (isLost) this.#lose(flow);
      else if (this.now - since >= this.#patience) this.#fallAsleep(flow);
    }
    if (!flow.isAsleep && !flow.isMute && this.#needsProbe(flow)) this.#probe(flow);
  }

  #lookAtSleeping(flow: Flow): void {
    if (this.now < flow.nextProbe || this.#isBehind(flow)) return;
    this.#probe(flow);
    flow.nextProbe = this.now + flow.probeDelay;
    flow.probeDelay = Math.min(2 * flow.probeDelay, LONGEST_REPEAT);
  }

  /** What a client was to get is lost, and its sender was not told: it can only begin again. */
  #end(id: number): void {
    const flow = this.#flows.get(id);
    if (flow === undefined) return;
    const { packets, bytes } = this.#options;
    const state = flow.isAsleep ? 'is asleep' : 'is too slow';
    const message = `${id} ${state}, and more than sleep.packets, ${packets}, or sleep.bytes, ${bytes}, would wait for it`;
    this.#context.onOverslept(id, { code: 'TICKPEER_OUTBOUND_LIMIT', message });
  }

  #wake(flow: Flow): void {
    const { outbox } = this.#context.router;
    flow.isAsleep = false;
    flow.isWaking = false;
    outbox.release(flow.id, 'asleep');
    // It has sent something, but its queue may have been full when the probe came.
    if (flow.probes.length > 0 && !this.#isBehind(flow)) this.#probe(flow);
    outbox.flush();
    this.#context.onAwake(flow.id);
  }

  #isBehind({ id }: Flow): boolean {
    return this.#context.router.peer.getOutboundBacklog(id) > 0;
  }

  #fallAsleep(flow: Flow): void {
    flow.isAsleep = true;
    flow.nextProbe = this.now + FIRST_REPEAT;
    flow.probeDelay = 2 * FIRST_REPEAT;
    this.#context.router.outbox.hold(flow.id, 'asleep');
    this.#context.onAsleep(flow.id);
  }

  /** A client that goes on sending has not confirmed a probe: its queue was full, or it does not confirm. */
  #lose(flow: Flow): void {
    flow.dropProbe();
    flow.isMute = !flow.hasConfirmed && flow.lostProbes >= MOST_LOST;
    if (flow.isMute) flow.probes.length = 0;
  }

  #needsProbe(flow: Flow): boolean {
    const waits = this.#context.router.outbox.has(flow.id);
    const last = flow.probes.at(-1);
    // What has waited is sent only as far as the confirmations reach.
    const bytes = Math.max(last?.bytes ?? 0, flow.handledBytes, waits ? 0 : flow.heardBytes);
    const packets = Math.max(last?.packets ?? 0, flow.handledPackets, waits ? 0 : flow.heardPackets);
    if (flow.isProbedOften) return false;
    if (!this.#fits(2 * (flow.sentBytes - bytes), 2 * (flow.sentPackets - packets))) return true;
    if (last !== undefined) return false;
    if (waits) return flow.unconfirmedPackets > 0;
    return flow.owesReliable && this.now - flow.since >= this.#patience;
  }

  #probe(flow: Flow): void {
    const number = this.#context.nextNumber();
    const packet = rootPathPacket(this.#context.rootMd5(), number);
    const result = this.#context.router.put(flow.id, packet, TransferMode.TRANSFER_MODE_RELIABLE, 0, false);
    if (result === ErrorCode.OK) flow.noteProbe(number, this.now);
  }
}
