import { ErrorCode, State, type StreamPeer, WebSocketPeer } from '../../src/index.ts';
import { Random, VirtualClock, type VirtualLink, VirtualNetwork } from '../../src/testing/index.ts';
import { Actor, type Stage } from './actor.ts';
import { type Fate, judge } from './judge.ts';
import type { Action, Deed, LinkPlan, WorldPlan } from './plan.ts';
import { type Rule, Violation } from './violation.ts';

/** How a world is run. The hooks add faults, to test that they are found. */
export interface WorldOptions {
  readonly isTraced?: boolean;
  readonly makePeer?: (options: object) => WebSocketPeer;
  /** Puts something between a peer and its stream. */
  readonly wrapStream?: (stream: StreamPeer, random: Random) => StreamPeer;
}

/** The result of a run. */
export interface Outcome {
  readonly rule: Rule | null;
  readonly message: string;
  /** Calls that the programs in the world made. */
  readonly steps: number;
  readonly milliseconds: number;
  readonly packets: number;
  readonly trace: readonly string[];
}

/** Bytes of a Ping or Pong with a mask and the longest payload. */
const LONGEST_CONTROL_FRAME = 131;
/** After so many milliseconds without progress, there will be none. Longer than any stall. */
const PATIENCE = 45_000;
/** The longest wait for what was sent, in milliseconds. */
const LONGEST_SETTLING = 150_000;

/** Runs a planned world, and returns what was wrong with it. The same plan gives the same result. */
export function runWorld(plan: WorldPlan, options: WorldOptions = {}): Outcome {
  const world = new World(plan, options);
  try {
    world.live();
  } catch (error) {
    if (error instanceof Violation) return world.outcome(error.rule, error.message);
    return world.outcome('thrown', error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  return world.outcome(null, '');
}

/** One link and its two actors. */
interface Meeting {
  readonly plan: LinkPlan;
  readonly actors: readonly [Actor, Actor];
  link: VirtualLink;
  fate: Fate;
}

class World implements Stage {
  readonly clock = new VirtualClock();
  readonly #network: VirtualNetwork;
  readonly #plan: WorldPlan;
  readonly #options: WorldOptions;
  readonly #random: Random;
  readonly #meetings: Meeting[] = [];
  readonly #trace: string[] = [];
  #steps = 0;
  #packets = 0;
  #isOver = false;
  #leastTick = 0;
  #mostTick = Number.POSITIVE_INFINITY;
  /** The most bytes of messages that each actor has received. */
  readonly #mostData = new Map<Actor, number>();
  /** Milliseconds, without the cleaning up. */
  #livedFor = 0;

  constructor(plan: WorldPlan, options: WorldOptions) {
    this.#plan = plan;
    this.#options = options;
    this.#random = new Random(plan.seed);
    this.#network = new VirtualNetwork({
      clock: this.clock,
      seed: this.#random.integer(0, 2 ** 48),
      ...(options.isTraced ? { log: (line: string) => this.#trace.push(line) } : {}),
    });
  }

  note(actor: Actor, what: () => string): void {
    this.#steps++;
    if (this.#options.isTraced) this.#trace.push(`${this.clock.now().toFixed(3)} ${actor.name} ${what()}`);
  }

  outcome(rule: Rule | null, message: string): Outcome {
    const milliseconds = this.#livedFor || this.clock.now();
    for (const { actors } of this.#meetings) for (const actor of actors) this.#packets += actor.receivedCount;
    return { rule, message, steps: this.#steps, milliseconds, packets: this.#packets, trace: this.#trace };
  }

  live(): void {
    this.#plan.links.forEach((plan, index) => {
      this.#meetings.push(this.#begin(plan, index));
    });
    for (const action of this.#plan.actions) this.clock.setTimeout(() => this.#act(action), action.at);
    const duration = this.#plan.actions.at(-1)?.at ?? 0;
    this.clock.advance(duration + 1);
    this.#settle();
    this.#close();
    this.#cleanUp();
  }

  // ---------------------------------------------------------------- the beginning

  #begin(plan: LinkPlan, index: number): Meeting {
    const makePeer = this.#options.makePeer ?? ((options: object) => new WebSocketPeer(options));
    const client = new Actor(`client ${index + 1}`, plan.peers[0], this, makePeer);
    const server = new Actor(`server ${index + 1}`, plan.peers[1], this, makePeer);
    client.other = server;
    server.other = client;
    const meeting: Meeting = { plan, actors: [client, server], ...this.#connect(plan) };
    this.#beginActors(meeting);
    for (const actor of meeting.actors) if (!actor.isDriven) this.#tick(actor, this.#random.fork());
    return meeting;
  }

  #connect(plan: LinkPlan): { link: VirtualLink; fate: Fate } {
    const link = this.#network.connect(plan.options);
    return { link, fate: { options: plan.options, wasBroken: false, wasDisturbed: false } };
  }

  #beginActors({ link, actors }: Meeting): void {
    const wrap = this.#options.wrapStream ?? ((stream: StreamPeer) => stream);
    const [one, two] = link.ends;
    actors[0].begin(wrap(one, this.#random.fork()), 'client');
    actors[1].begin(wrap(two, this.#random.fork()), 'server');
  }

  #tick(actor: Actor, random: Random): void {
    const pollEvery = Math.min(Math.max(actor.plan.pollEvery, this.#leastTick), this.#mostTick);
    this.clock.setTimeout(
      () => {
        if (this.#isOver) return;
        actor.poll();
        this.#tick(actor, random);
      },
      pollEvery * (0.5 + random.next()),
    );
  }

  // ---------------------------------------------------------------- what happens

  #act({ link, side, deed }: Action): void {
    const meeting = this.#meetings[link]!;
    if (this.#befall(meeting, side, deed)) return;
    meeting.actors[side].act(deed);
  }

  /** What happens to the link; false for what an actor does. */
  #befall(meeting: Meeting, side: 0 | 1, deed: Deed): boolean {
    const { link, fate } = meeting;
    const end = link.ends[side];
    switch (deed.kind) {
      case 'stall':
        fate.wasDisturbed = true;
        end.stall(deed.milliseconds);
        return true;
      case 'change':
        fate.wasDisturbed = true;
        link.change({ latency: deed.latency, jitter: deed.jitter });
        return true;
      case 'cut':
        fate.wasBroken = true;
        link.cut();
        return true;
      case 'breakOff':
        fate.wasBroken = true;
        end.breakOff();
        return true;
      case 'reset':
        fate.wasBroken = true;
        link.reset();
        return true;
      case 'resetHere':
        fate.wasBroken = true;
        end.reset();
        return true;
      case 'reconnect':
        this.#reconnect(meeting);
        return true;
      default:
        return false;
    }
  }

  #reconnect(meeting: Meeting): void {
    const { actors } = meeting;
    if (actors.some((actor) => actor.state !== State.STATE_CLOSED)) return;
    for (const actor of actors) {
      judge(actor, meeting.fate);
    }
    for (const actor of actors) this.#packets += actor.receivedCount;
    Object.assign(meeting, this.#connect(meeting.plan));
    this.#beginActors(meeting);
  }

  // ---------------------------------------------------------------- the end

  /** No more actions: what was sent arrives, where the links still work. */
  #settle(): void {
    this.#leastTick = 50;
    this.#mostTick = 200;
    for (const { actors } of this.#meetings) for (const actor of actors) actor.readsAll = true;
    const end = this.clock.now() + LONGEST_SETTLING;
    let progress = -1;
    let progressAt = this.clock.now();
    while (this.clock.now() < end) {
      const isQuiet = this.clock.runUntil(() => this.#meetings.every(isQuietAt), 5000);
      if (isQuiet) return;
      const now = this.#progress();
      if (now !== progress) progressAt = this.clock.now();
      progress = now;
      if (this.clock.now() - progressAt > PATIENCE)
        throw new Violation('stuck', this.#meetings.map(describe).join('; '));
    }
  }

  /** Rises while anything moves: states, packets, and the bytes of a message that is still arriving. */
  #progress(): number {
    let sum = 0;
    for (const actor of this.#actors) {
      const { bytesReceived, pingsReceived, pongsReceived } = actor.peer.getStatistics();
      // Heartbeats are no progress.
      const data = bytesReceived - LONGEST_CONTROL_FRAME * (pingsReceived + pongsReceived);
      const most = Math.max(data, this.#mostData.get(actor) ?? 0);
      this.#mostData.set(actor, most);
      sum += actor.state + actor.receivedCount + most;
    }
    return sum;
  }

  /** One end of every link closes; both do if the link does not deliver a Close. Then all peers reach CLOSED. */
  #close(): void {
    let longest = 0;
    for (const { actors, fate, plan } of this.#meetings) {
      const [client, server] = actors;
      const isAlive = !fate.wasBroken && actors.every(({ state }) => state === State.STATE_OPEN);
      const closers = isAlive ? [this.#random.chance(0.5) ? client : server] : actors;
      for (const closer of closers) if (closer.state === State.STATE_OPEN) closer.close(1000, 'the end');
      for (const { ranges, plan: own, sent } of actors) {
        const { closeTimeLimit, handshakeTimeLimit, connectTimeLimit } = ranges;
        const times = [closeTimeLimit.most, handshakeTimeLimit.most, connectTimeLimit.most];
        longest = Math.max(longest, 1000 * (times[0]! + times[1]! + times[2]!) + 3 * own.pollEvery + 300 * sent.length);
      }
      const { capacity = 65_536, bandwidth = Number.POSITIVE_INFINITY, latency = 0, jitter = 0 } = plan.options;
      longest += (1000 * capacity) / bandwidth + 10 * (latency + jitter);
    }
    // A stall may still be on.
    this.clock.runUntil(() => this.#actors.every(({ state }) => state === State.STATE_CLOSED), longest + 40_000);
    const last = this.#actors.find(({ state }) => state !== State.STATE_CLOSED);
    if (last !== undefined) throw new Violation('ends', `${last.name} is still in ${State[last.state]}`);
    for (const { actors, fate } of this.#meetings) for (const actor of actors) judge(actor, fate);
  }

  /** No peer is polled any more, and soon no timer is left. */
  #cleanUp(): void {
    this.#isOver = true;
    this.#livedFor = this.clock.now();
    this.clock.advance(60_000);
    for (const actor of this.#actors) actor.checkStill('ended');
    const { timerCount } = this.clock;
    if (timerCount > 0)
      throw new Violation('timers', `${timerCount} timers are left, the next in ${this.clock.nextTimerAt}`);
  }

  get #actors(): Actor[] {
    return this.#meetings.flatMap(({ actors }) => actors);
  }
}

/** Everything that was sent has been read, or the connection cannot deliver it any more. */
function isQuietAt({ actors, fate }: Meeting): boolean {
  if (actors.some(({ state }) => state === State.STATE_CONNECTING)) return false;
  if (fate.wasBroken) return true;
  return actors.every((actor) => {
    if (actor.state === State.STATE_CLOSED) return true;
    if (actor.state !== State.STATE_OPEN) return false;
    if (actor.other.state !== State.STATE_OPEN) return actor.other.state === State.STATE_CLOSED;
    return !actor.hasBacklog && actor.receivedCount === actor.other.sent.length;
  });
}

function describe({ actors }: Meeting): string {
  return actors
    .map((actor) => {
      const { name, state, sent, receivedCount, other, peer } = actor;
      const failure = peer.getLastFailure()?.code ?? ErrorCode[ErrorCode.OK];
      return `${name} ${State[state]} ${failure}, read ${receivedCount} of ${other.sent.length}, sent ${sent.length}${actor.hasBacklog ? ', more waits' : ''}`;
    })
    .join(', ');
}
