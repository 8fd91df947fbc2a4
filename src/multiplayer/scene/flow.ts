import type { SendAllowance } from '../peers/router.ts';

/** A packet that a peer confirms once its game has handled everything before it. */
export interface Probe {
  readonly number: number;
  /** How much the peer had been sent in all, the probe included. */
  readonly bytes: number;
  readonly packets: number;
  /** When it was sent. */
  readonly at: number;
  /** When the first packet came after it; -1 before. */
  heardAt: number;
}

/** The most probes that wait for a confirmation; the oldest is forgotten. Any of them tells that the peer is awake. */
const MOST_PROBES = 16;

/** What the flows of one multiplayer have in common. */
export interface FlowOwner {
  /** What a peer's queue holds without doubt. */
  readonly mostBytes: number;
  readonly mostPackets: number;
  /** The time of this poll. */
  readonly now: number;
  /** `flow` was sent something, and is not in the list of those that are looked at. */
  list(flow: Flow): void;
}

/** How much one peer was sent, and how much of it its game has handled. Times are milliseconds of `PollGap.attended`. */
export class Flow implements SendAllowance {
  readonly id: number;
  readonly #owner: FlowOwner;
  sentBytes = 0;
  sentPackets = 0;
  /** Up to here it has confirmed. */
  handledBytes = 0;
  handledPackets = 0;
  /** Up to here it was sent something before its last packet came. Nearly all of that is handled: not what was on the way. */
  heardBytes = 0;
  heardPackets = 0;
  /** `sentPackets` after the last one that no later packet replaces. */
  reliablePackets = 0;
  /** When the first was sent of those that may be unhandled. */
  since = 0;
  lastHeard = 0;
  /** It has sent or confirmed something since it was last looked at. */
  hasGivenSign = false;
  /** When it was looked at after its last sign. */
  lastSign = 0;
  /** Until then, something for it had not left this side. */
  lastBehind = 0;
  /** Oldest first. */
  readonly probes: Probe[] = [];
  /** How many probes were not confirmed although the peer went on sending. */
  lostProbes = 0;
  hasConfirmed = false;
  /** It does not confirm: it is no engine. */
  isMute = false;
  isAsleep = false;
  /** It has sent or confirmed something while it was asleep. */
  isWaking = false;
  /** When it is asked again while it is asleep, and how long after that. */
  nextProbe = 0;
  probeDelay = 0;
  /** Whether it is in the list of those that are looked at. */
  isListed = false;
  isGone = false;

  constructor(id: number, owner: FlowOwner) {
    this.id = id;
    this.#owner = owner;
  }

  /** Whether everything that it was sent is handled. */
  get isSettled(): boolean {
    return this.handledPackets === this.sentPackets || this.heardPackets === this.sentPackets;
  }

  /** Whether something that no later packet replaces may be unhandled. */
  get owesReliable(): boolean {
    return this.reliablePackets > this.handledPackets && this.reliablePackets > this.heardPackets;
  }

  /** Whether a confirmation will say that everything that it was sent is handled. */
  get isProbed(): boolean {
    return (this.probes.at(-1)?.packets ?? this.handledPackets) === this.sentPackets;
  }

  /** Whether so many probes wait that with another one the oldest, whose time runs, would be forgotten. */
  get isProbedOften(): boolean {
    return this.probes.length === MOST_PROBES;
  }

  /** Bytes that it has not confirmed. */
  get unconfirmedBytes(): number {
    return this.sentBytes - this.handledBytes;
  }

  get unconfirmedPackets(): number {
    return this.sentPackets - this.handledPackets;
  }

  /** Bytes that it was sent after the last sign that it runs. */
  get recentBytes(): number {
    return this.sentBytes - Math.max(this.handledBytes, this.heardBytes);
  }

  get recentPackets(): number {
    return this.sentPackets - Math.max(this.handledPackets, this.heardPackets);
  }

  admits(size: number): boolean {
    if (this.isMute) return true;
    const { unconfirmedPackets } = this;
    if (this.#fits(this.unconfirmedBytes + size, unconfirmedPackets + 1)) return true;
    if (unconfirmedPackets === 0) return true;
    // Half of the queue is left for what was on the way when the client sent its last packet.
    return this.#fits(2 * (this.recentBytes + size), 2 * (this.recentPackets + 1));
  }

  onSent(size: number, isReliable: boolean): void {
    if (this.isSettled) this.since = this.#owner.now;
    this.sentBytes += size;
    this.sentPackets++;
    if (isReliable) this.reliablePackets = this.sentPackets;
    if (!this.isListed) this.#owner.list(this);
  }

  noteProbe(number: number, now: number): void {
    if (this.probes.length === MOST_PROBES) this.probes.shift();
    this.probes.push({ number, bytes: this.sentBytes, packets: this.sentPackets, at: now, heardAt: -1 });
  }

  noteHeard(now: number): void {
    this.lastHeard = now;
    this.hasGivenSign = true;
    this.since = now;
    this.heardBytes = this.sentBytes;
    this.heardPackets = this.sentPackets;
    if (this.isAsleep) this.isWaking = true;
    const [oldest] = this.probes;
    if (oldest?.heardAt === -1) oldest.heardAt = now;
  }

  /** It confirms the number of a probe. Returns false when that is none. */
  confirm(number: number): boolean {
    const at = this.probes.findIndex((probe) => probe.number === number);
    if (at < 0) return false;
    this.#handle(at);
    this.hasConfirmed = true;
    this.hasGivenSign = true;
    this.lostProbes = 0;
    if (this.isAsleep) this.isWaking = true;
    return true;
  }

  /** The oldest probe was lost, but the peer runs. */
  dropProbe(): void {
    this.#handle(0);
    this.lostProbes++;
  }

  #fits(bytes: number, packets: number): boolean {
    return bytes <= this.#owner.mostBytes && packets <= this.#owner.mostPackets;
  }

  #handle(at: number): void {
    const probe = this.probes[at]!;
    this.probes.splice(0, at + 1);
    if (probe.packets < this.handledPackets) return;
    this.handledBytes = probe.bytes;
    this.handledPackets = probe.packets;
    this.since = probe.at;
  }
}
