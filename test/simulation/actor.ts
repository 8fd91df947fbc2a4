import type { Failure } from '../../src/failure.ts';
import { ErrorCode, type PeerProperties, State, type StreamPeer, WebSocketPeer, WriteMode } from '../../src/index.ts';
import type { VirtualClock } from '../../src/testing/index.ts';
import { compareMessages, type Message, makeMessage } from './message.ts';
import type { ChangeableProperty, Deed, PeerPlan } from './plan.ts';
import { View } from './view.ts';
import { type Rule, Violation } from './violation.ts';

/** What an actor reports to its world. */
export interface Stage {
  readonly clock: VirtualClock;
  /** Counts a call and, when the world is traced, records it. */
  note(actor: Actor, what: () => string): void;
}

type SendDeed = Extract<Deed, { kind: 'send' }>;

/** The states that may follow each state in a call that does not start a connection. */
const MOVES: Readonly<Record<State, readonly State[]>> = {
  [State.STATE_CONNECTING]: [State.STATE_OPEN, State.STATE_CLOSED],
  [State.STATE_OPEN]: [State.STATE_CLOSING, State.STATE_CLOSED],
  [State.STATE_CLOSING]: [State.STATE_CLOSED],
  [State.STATE_CLOSED]: [],
};
const MAX_CONTROL_FRAME = 2 + 4 + 125;
const ALL = 1_000_000;
const DEFAULTS: PeerProperties = propertiesOf(new WebSocketPeer());

/** The lowest and highest values of a property during a connection. */
class Range {
  least: number;
  most: number;

  constructor(value: number) {
    this.least = this.most = value;
  }

  include(value: number): void {
    this.least = Math.min(this.least, value);
    this.most = Math.max(this.most, value);
  }
}

/** One peer and its program, which polls, reads, sends, and checks the promises after every call. */
export class Actor {
  readonly name: string;
  readonly plan: PeerPlan;
  readonly peer: WebSocketPeer;
  other!: Actor;
  readonly #stage: Stage;
  #isInCall = false;
  #wakes = 0;
  #view: View;
  #messages = 0;
  /** The properties as they were set. */
  readonly #meant: PeerProperties;
  #backlog: SendDeed[] = [];
  #restsUntil = 0;
  /** At the end, every actor reads everything. */
  readsAll = false;

  // Of the present connection.
  stream: StreamPeer | null = null;
  sent: Message[] = [];
  receivedCount = 0;
  begunAt = 0;
  closeCalledAt = Number.POSITIVE_INFINITY;
  closeCode = -1;
  closeReason = '';
  wasDropped = false;
  hasRested = false;
  ending: Failure | null = null;
  ranges!: Record<ChangeableProperty | 'connectTimeLimit' | 'handshakeTimeLimit', Range>;

  constructor(name: string, plan: PeerPlan, stage: Stage, makePeer: (options: object) => WebSocketPeer) {
    this.name = name;
    this.plan = plan;
    this.#stage = stage;
    this.#meant = { ...DEFAULTS, ...plan.properties };
    this.peer = makePeer({ ...plan.properties, clock: stage.clock });
    if (plan.pollEvery === 0 || plan.pollsInHook) this.peer.onWake = () => this.#onWake();
    this.#view = new View(this.peer);
  }

  get state(): State {
    return this.peer.getReadyState();
  }

  get isDriven(): boolean {
    return this.plan.pollEvery === 0;
  }

  /** Whether it reads everything soon after it arrived, so that its queue delays no one. */
  get isEager(): boolean {
    if (this.hasRested) return false;
    if (this.isDriven) return true;
    if (this.plan.pollEvery > 100 || this.plan.readsPerPoll < ALL) return false;
    // With a small queue every poll shows only a few packets.
    const { sent } = this.other;
    const size = sent.reduce((sum, { bytes }) => sum + bytes.length, 0);
    return sent.length <= this.ranges.maxQueuedPackets.least && size <= this.ranges.inboundBufferSize.least;
  }

  get hasBacklog(): boolean {
    return this.#backlog.length > 0;
  }

  // ---------------------------------------------------------------- actions

  begin(stream: StreamPeer, role: 'client' | 'server'): void {
    this.stream = stream;
    this.sent = [];
    this.#backlog = [];
    this.receivedCount = 0;
    this.begunAt = this.#now;
    this.closeCalledAt = Number.POSITIVE_INFINITY;
    this.closeCode = -1;
    this.closeReason = '';
    this.wasDropped = this.hasRested = this.#wasLeftAlone = false;
    this.#polledAt = this.#now;
    this.#wakes = 0;
    this.ending = null;
    const { peer } = this;
    const names = ['inboundBufferSize', 'outboundBufferSize', 'maxQueuedPackets', 'fragmentSize'] as const;
    const times = ['heartbeatInterval', 'pongTimeLimit', 'closeTimeLimit', 'connectTimeLimit'] as const;
    const entries = [...names, ...times, 'handshakeTimeLimit' as const].map((name) => [
      name,
      new Range(this.#meant[name]),
    ]);
    this.ranges = Object.fromEntries(entries);
    this.#isBeginning = true;
    this.#call('begins', () => {
      const result = role === 'client' ? peer.connectToStream(stream, 'ws://world.test/') : peer.acceptStream(stream);
      this.#require('state', result === ErrorCode.OK, `begin returned ${ErrorCode[result]}`);
    });
    this.#isBeginning = false;
    this.#require('state', this.state === State.STATE_CONNECTING, `begin led to ${State[this.state]}`);
  }
  #isBeginning = false;
  #polledAt = 0;
  /** Not polled for so long that the peer handled an end without a poll. */
  #wasLeftAlone = false;

  #noteGap(): void {
    if (this.#now - this.#polledAt >= (this.ranges.closeTimeLimit.least * 1000) / 2) this.#wasLeftAlone = true;
  }

  poll(): void {
    this.#wakes = 0;
    const before = this.state;
    this.#noteGap();
    this.#call('polls', () => this.peer.poll());
    this.#polledAt = this.#now;
    if (this.state === State.STATE_CLOSED && before !== State.STATE_CLOSED) this.#noteEnding();
    this.#checkTimes();
    this.#read(this.readsAll ? ALL : this.plan.readsPerPoll);
    this.#sendBacklog();
  }

  act(deed: Deed): void {
    switch (deed.kind) {
      case 'send':
        this.#send(deed);
        break;
      case 'poll':
        this.poll();
        break;
      case 'rest':
        this.#rest(deed.milliseconds);
        break;
      case 'close':
        this.close(deed.code, deed.reason);
        break;
      case 'drop':
        this.close(-1, '');
        break;
      case 'set':
        this.#set(deed.property, deed.value);
        break;
      default:
        throw new Error(`not an actor's deed: ${deed.kind}`);
    }
  }

  close(code: number, reason: string): void {
    const before = this.state;
    if (before === State.STATE_OPEN && code >= 0) {
      this.closeCalledAt = this.#now;
      this.closeCode = code;
      this.closeReason = reason;
    } else if (before !== State.STATE_CLOSED && (code < 0 || before === State.STATE_CONNECTING)) {
      this.wasDropped = true;
    }
    this.#call(`closes with ${code}`, () => this.peer.close(code, reason));
    const expected = before === State.STATE_CLOSED || this.wasDropped ? State.STATE_CLOSED : State.STATE_CLOSING;
    this.#require('state', this.state === expected, `close(${code}) in ${State[before]} led to ${State[this.state]}`);
    if (this.state === State.STATE_CLOSED && before !== State.STATE_CLOSED) this.#noteEnding();
  }

  /** Reads everything that can be read. */
  readRest(): void {
    this.#restsUntil = 0;
    this.#read(ALL);
  }

  // ---------------------------------------------------------------- planned actions

  #read(most: number): void {
    if (this.#now < this.#restsUntil) return;
    const { peer } = this;
    for (let count = 0; count < most && peer.getAvailablePacketCount() > 0; count++) {
      const available = peer.getAvailablePacketCount();
      const packet = this.#call('reads', () => ({ bytes: peer.getPacket(), isText: peer.wasStringPacket() }));
      this.#require('exactly', peer.getPacketError() === ErrorCode.OK, 'a packet that was announced is not there');
      this.#require('exactly', peer.getAvailablePacketCount() === available - 1, 'one packet read, not one less there');
      this.#take(packet);
    }
  }

  #take(packet: Message): void {
    const fault = compareMessages(this.other.sent[this.receivedCount], packet);
    this.#require('exactly', fault === null, `packet ${this.receivedCount}: ${fault}`);
    const { most } = this.ranges.inboundBufferSize;
    const size = packet.bytes.length;
    this.#require('size', size <= most, `a packet of ${size} bytes came through; the limit was ${most} at most`);
    this.receivedCount++;
  }

  #rest(milliseconds: number): void {
    this.#restsUntil = this.#now + milliseconds;
    this.hasRested = true;
    this.#stage.note(this, () => `reads nothing for ${milliseconds} ms`);
    // A loop that polls in the hook must check again by itself: the hook is not called for old packets.
    this.#stage.clock.setTimeout(() => this.#read(ALL), milliseconds);
  }

  #send(deed: SendDeed): void {
    if (this.#backlog.length > 0) {
      if (deed.insists) this.#backlog.push(deed);
      return;
    }
    const isRefused = this.#trySend(deed) === ErrorCode.ERR_OUT_OF_MEMORY;
    if (isRefused && deed.insists && !this.#isHopeless(deed)) this.#backlog.push(deed);
  }

  #sendBacklog(): void {
    while (this.#backlog.length > 0) {
      const deed = this.#backlog[0]!;
      if (!this.#isHopeless(deed) && this.#trySend(deed) === ErrorCode.ERR_OUT_OF_MEMORY) return;
      this.#backlog.shift();
    }
  }

  /** Whether the message can never be sent. */
  #isHopeless({ size }: SendDeed): boolean {
    const limit = this.#meant.outboundBufferSize;
    return limit > 0 && size > limit;
  }

  #trySend(deed: SendDeed): ErrorCode {
    const { peer } = this;
    const message = makeMessage(++this.#messages, deed.size, deed.isText, deed.isMonotonous);
    const before = peer.getStatistics();
    const amountBefore = peer.getCurrentOutboundBufferedAmount();
    const state = this.state;
    const mode = deed.isText ? WriteMode.WRITE_MODE_TEXT : WriteMode.WRITE_MODE_BINARY;
    const copy = message.bytes.slice();
    const result = this.#call(`sends ${deed.size} bytes, ${WriteMode[mode]}`, () =>
      peer.send(copy, mode, deed.compress),
    );
    copy.fill(0xee); // send() must have copied the message.
    this.#stage.note(this, () => `... ${ErrorCode[result]}`);
    this.#require('state', this.state === state, 'a send changed the state');
    const after = peer.getStatistics();
    const amount = peer.getCurrentOutboundBufferedAmount();
    if (result === ErrorCode.OK) {
      this.#require('state', state === State.STATE_OPEN, `sent in ${State[state]}`);
      this.#require('refused', after.packetsSent === before.packetsSent + 1, 'a packet that was sent was not counted');
      const limit = this.#meant.outboundBufferSize;
      this.#require('limit', limit <= 0 || amount <= limit, `${amount} bytes wait to be sent, the limit is ${limit}`);
      this.sent.push(message);
      return result;
    }
    const pongs = after.pongsSent - before.pongsSent;
    this.#require('refused', after.packetsSent === before.packetsSent, 'a refused packet was counted');
    this.#require('refused', after.framesSent - before.framesSent === pongs, 'a refused send left a frame');
    this.#require('refused', amount <= amountBefore, `a refused send left ${amount - amountBefore} bytes`);
    this.#require('refused', peer.getLastFailure() !== null, 'refused without a cause');
    if (result === ErrorCode.ERR_OUT_OF_MEMORY) {
      this.#require('refused', after.sendsRefused === before.sendsRefused + 1, 'a refusal was not counted');
      const limit = this.#meant.outboundBufferSize;
      const isFull = limit > 0 && amount + deed.size > limit;
      // Bytes written together count until the stream has taken all of them, so their exact count is not visible.
      const isLong = this.sent.length >= this.#meant.maxQueuedPackets;
      this.#require('refused', isFull || isLong, `refused ${deed.size} with ${amount} waiting and room for ${limit}`);
    } else {
      this.#require('refused', result === ErrorCode.FAILED, `a send returned ${ErrorCode[result]}`);
      this.#noteGap();
      this.#require('state', state !== State.STATE_OPEN || this.#wasLeftAlone, 'a send in STATE_OPEN failed');
    }
    return result;
  }

  #set(property: ChangeableProperty, value: number): void {
    this.#meant[property] = value;
    this.ranges[property].include(value);
    this.#call(`sets ${property} to ${value}`, () => {
      const properties: Pick<PeerProperties, ChangeableProperty> = this.peer;
      properties[property] = value;
    });
    this.#sendBacklog();
  }

  #onWake(): void {
    this.#stage.note(this, () => 'is woken');
    this.#require('wake', !this.#isInCall, 'woken inside an own call');
    this.#require('wake', ++this.#wakes === 1, `woken ${this.#wakes} times since the last poll`);
    if (!this.isDriven) return;
    if (this.plan.pollsInHook) this.poll();
    else this.#stage.clock.setTimeout(() => this.poll(), 0);
  }

  // ---------------------------------------------------------------- checks

  #call<T>(what: string, action: () => T): T {
    this.checkStill(what);
    this.#stage.note(this, () => what);
    const before = this.state;
    this.#isInCall = true;
    let result: T;
    try {
      result = action();
    } finally {
      this.#isInCall = false;
    }
    const { state } = this;
    if (state !== before) {
      this.#stage.note(this, () => `... ${State[before]} to ${State[state]}, ${this.peer.getLastFailure()?.code}`);
      const mayBegin = this.#isBeginning && state === State.STATE_CONNECTING;
      const isAllowed = mayBegin || MOVES[before].includes(state);
      this.#require('state', isAllowed, `${what}: from ${State[before]} to ${State[state]}`);
    }
    this.#view = new View(this.peer);
    if (this.stream !== null) this.#checkLimits();
    return result;
  }

  /** Nothing visible has changed since the actor's last call. */
  checkStill(before: string): void {
    const changed = this.#view.findChange(this.peer);
    this.#require('still', changed === null, `${changed} before it ${before}`);
  }

  #checkLimits(): void {
    const { peer, ranges } = this;
    const { inboundPeakPackets, inboundPeakSize, outboundPeakSize } = this.#view.statistics;
    const packets = ranges.maxQueuedPackets.most;
    const available = peer.getAvailablePacketCount();
    this.#require('limit', available <= packets, `${available} packets to read, the limit is ${packets}`);
    this.#require('limit', inboundPeakPackets <= packets, `${inboundPeakPackets} packets waited, limit ${packets}`);
    const inbound = ranges.inboundBufferSize.most;
    this.#require('limit', inboundPeakSize <= inbound, `${inboundPeakSize} bytes waited to be read, limit ${inbound}`);
    if (ranges.outboundBufferSize.least <= 0) return;
    const outbound = ranges.outboundBufferSize.most;
    const amount = peer.getCurrentOutboundBufferedAmount();
    this.#require('limit', amount <= outbound, `${amount} bytes wait to be sent, the limit is ${outbound}`);
    this.#require('limit', outboundPeakSize <= outbound, `${outboundPeakSize} bytes waited to be sent`);
    // Frame headers, control frames, the opening handshake, and data that compression makes longer.
    const fragment = ranges.fragmentSize.least > 0 ? ranges.fragmentSize.least : 1_000_000;
    const smallest = ranges.fragmentSize.most > 0 ? Math.min(fragment, ranges.fragmentSize.most) : fragment;
    const headers = 14 * (Math.ceil(outbound / smallest) + packets);
    const most = 1.2 * outbound + headers + 130 * MAX_CONTROL_FRAME + 20_000;
    const unsent = this.stream?.getUnsentBytes() ?? 0;
    this.#require('limit', unsent <= most, `the stream holds ${unsent} unsent bytes, ${most} were to be expected`);
  }

  /** After a poll, no time limit has passed. */
  #checkTimes(): void {
    const { ranges } = this;
    if (this.stream === null) return;
    if (this.state === State.STATE_CLOSING) {
      const late = this.#now - this.closeCalledAt - ranges.closeTimeLimit.most * 1000;
      this.#require('ends', this.#isExcused(late), `CLOSING ${late} ms after closeTimeLimit`);
    } else if (this.state === State.STATE_CONNECTING) {
      const limit = ranges.connectTimeLimit.most + ranges.handshakeTimeLimit.most;
      const late = this.#now - this.begunAt - limit * 1000;
      this.#require('ends', this.#isExcused(late), `CONNECTING ${late} ms after its time limits`);
    } else {
      this.#lateSince = Number.POSITIVE_INFINITY;
    }
  }

  /** The first poll after a time limit allows at most a second more, since the own loop may have stalled. */
  #isExcused(late: number): boolean {
    if (late < 0) this.#lateSince = Number.POSITIVE_INFINITY;
    else this.#lateSince = Math.min(this.#lateSince, this.#now);
    return late < 0 || this.#now - this.#lateSince < 1000 || this.#lateSince === this.#now;
  }
  #lateSince = Number.POSITIVE_INFINITY;

  #noteEnding(): void {
    const isClean = this.peer.getCloseCode() !== -1;
    this.ending = isClean ? null : this.peer.getLastFailure();
    this.#require('cause', isClean || this.ending !== null, 'CLOSED with -1, and no cause is given');
  }

  #require(rule: Rule, isFulfilled: boolean, message: string): void {
    if (!isFulfilled) throw new Violation(rule, `${this.name}: ${message}`);
  }

  get #now(): number {
    return this.#stage.clock.now();
  }
}

function propertiesOf(peer: WebSocketPeer): PeerProperties {
  const { handshakeHeaders, supportedProtocols, inboundBufferSize, outboundBufferSize, maxQueuedPackets } = peer;
  const { heartbeatInterval, pongTimeLimit, connectTimeLimit, handshakeTimeLimit, closeTimeLimit } = peer;
  const {
    maxHandshakeSize,
    maxHandshakeHeaders,
    maxFragments,
    fragmentSize,
    arrivalBufferSize,
    compression,
    proxy,
    maxRedirects,
  } = peer;
  const texts = { handshakeHeaders, supportedProtocols };
  const sizes = {
    inboundBufferSize,
    outboundBufferSize,
    maxQueuedPackets,
    maxFragments,
    fragmentSize,
    arrivalBufferSize,
  };
  const times = { heartbeatInterval, pongTimeLimit, connectTimeLimit, handshakeTimeLimit, closeTimeLimit };
  const { packetsShareMemory, http2 } = peer;
  return {
    ...texts,
    ...sizes,
    ...times,
    maxHandshakeSize,
    maxHandshakeHeaders,
    compression,
    proxy,
    maxRedirects,
    packetsShareMemory,
    http2,
  };
}
