import type { LinkOptions, Random } from '../../src/testing/index.ts';
import type { PeerProperties } from '../../src/websocket/index.ts';

/** The program at one end of a link. */
export interface PeerPlan {
  readonly properties: Partial<PeerProperties>;
  /** Milliseconds between two polls, on average; 0: it polls only when woken. */
  readonly pollEvery: number;
  /** For a peer that polls only when woken: whether it polls inside the hook, or in the next turn. */
  readonly pollsInHook: boolean;
  /** The most packets read after a poll. */
  readonly readsPerPoll: number;
}

export interface LinkPlan {
  readonly options: LinkOptions;
  /** The client, then the server. */
  readonly peers: readonly [PeerPlan, PeerPlan];
}

/** An action of a program, or an event of a link, at a time. */
export type Deed =
  | {
      readonly kind: 'send';
      readonly size: number;
      readonly isText: boolean;
      readonly isMonotonous: boolean;
      readonly compress: boolean;
      /** After `ERR_OUT_OF_MEMORY`, tried again after every poll. */
      readonly insists: boolean;
    }
  | { readonly kind: 'poll' }
  | { readonly kind: 'rest'; readonly milliseconds: number }
  | { readonly kind: 'close'; readonly code: number; readonly reason: string }
  | { readonly kind: 'drop' }
  | { readonly kind: 'set'; readonly property: ChangeableProperty; readonly value: number }
  | { readonly kind: 'reconnect' }
  | { readonly kind: 'stall'; readonly milliseconds: number }
  | { readonly kind: 'change'; readonly latency: number; readonly jitter: number }
  | { readonly kind: 'cut' }
  | { readonly kind: 'breakOff' }
  | { readonly kind: 'reset' }
  | { readonly kind: 'resetHere' };

export type ChangeableProperty =
  | 'inboundBufferSize'
  | 'outboundBufferSize'
  | 'maxQueuedPackets'
  | 'heartbeatInterval'
  | 'pongTimeLimit'
  | 'closeTimeLimit'
  | 'fragmentSize';

export interface Action {
  readonly at: number;
  readonly link: number;
  /** 0: the client. */
  readonly side: 0 | 1;
  readonly deed: Deed;
}

/** The plan of a world as plain data, which can be made smaller when it fails. */
export interface WorldPlan {
  readonly seed: number;
  readonly links: readonly LinkPlan[];
  /** In the order of their times. */
  readonly actions: readonly Action[];
}

/** The ranges of one world's sizes and times, so that worlds differ more than their parts. */
interface Climate {
  readonly limit: number;
  readonly duration: number;
  readonly tick: number;
  readonly sendsTooBig: boolean;
  readonly hasFaults: boolean;
  readonly isEasyLink: boolean;
  readonly isFinelyCut: boolean;
}

/** A world from a random generator. */
export function planWorld(random: Random, seed: number): WorldPlan {
  const isFinelyCut = random.chance(0.2);
  const duration = random.pick([50, 300, 2000, 2000, 20_000]);
  const climate: Climate = {
    isFinelyCut,
    limit: random.pick(isFinelyCut ? [40, 130, 600] : [40, 130, 1000, 1000, 5000, 5000, 70_000, 70_000, 200_000]),
    duration,
    // Some hundred polls, whatever the time.
    tick: Math.max(random.pick([1, 5, 16, 16, 50]), duration / 400),
    sendsTooBig: random.chance(0.15),
    hasFaults: random.chance(0.5),
    isEasyLink: random.chance(0.4),
  };
  const count = random.pick([1, 1, 1, 1, 2, 3]);
  const links = Array.from({ length: count }, () => planLink(random, climate));
  const actions: Action[] = [];
  const actionCount = random.pick([2, 5, 15, 40, 100, 100]);
  for (let index = 0; index < actionCount; index++) {
    const link = random.integer(0, count - 1);
    const side = random.integer(0, 1) as 0 | 1; // 0 or 1, by the call.
    const at = random.integer(0, climate.duration);
    for (const deed of planDeeds(random, climate, links[link]!, side)) actions.push({ at, link, side, deed });
  }
  actions.sort((one, other) => one.at - other.at);
  return { seed, links, actions };
}

function planLink(random: Random, climate: Climate): LinkPlan {
  return { options: planWay(random, climate), peers: [planPeer(random, climate), planPeer(random, climate)] };
}

function planWay(random: Random, climate: Climate): LinkOptions {
  const chunkSize = climate.isFinelyCut
    ? random.pick<number | [number, number]>([1, 7, [1, 2], [1, 30], [1, 300]])
    : random.pick<number | [number, number]>([65_536, 65_536, 1460, [100, 5000], [50, 65_536]]);
  const shared: LinkOptions = { chunkSize, capacity: planCapacity(random, climate) };
  if (climate.isEasyLink) return { ...shared, latency: random.pick([0, 1, 20]), jitter: random.pick([0, 0, 10]) };
  return {
    ...shared,
    latency: random.pick([0, 1, 20, 100, 400]),
    jitter: random.pick([0, 5, 100]),
    bandwidth: random.pick([Number.POSITIVE_INFINITY, 20_000, 200_000, 2_000_000]),
    loss: random.pick([0, 0, 0.02, 0.2]),
    connectTime: random.pick([0, 0, 50, 500, random.chance(0.05) ? Number.POSITIVE_INFINITY : 10]),
    ...(random.chance(0.3) ? { there: { latency: random.integer(0, 300) } } : {}),
    ...(random.chance(0.3) ? { back: { capacity: planCapacity(random, climate) } } : {}),
  };
}

function planCapacity(random: Random, climate: Climate): number {
  return random.pick([65_536, 65_536, 4096, climate.limit, 2 * climate.limit, climate.isFinelyCut ? 1 : 1000]);
}

function planPeer(random: Random, climate: Climate): PeerPlan {
  const { limit } = climate;
  const properties: Partial<PeerProperties> = {
    inboundBufferSize: planLimit(random, limit),
    outboundBufferSize: random.pick([planLimit(random, limit), planLimit(random, limit), 0, 65_535]),
    maxQueuedPackets: random.pick([1, 2, 5, 50, 2048, 2048]),
    fragmentSize: random.pick([0, 0, 0, Math.max(1, limit >> 3), limit, Math.max(1, limit >> 6)]),
    heartbeatInterval: random.pick([0, 0, 0, 0.05, 0.5, 5]),
    pongTimeLimit: random.pick([0, 0, 0.2, 3]),
    closeTimeLimit: random.pick([10, 10, 10, 3, 0.5, 0.0333, random.chance(0.1) ? 0.001 : 1]),
    handshakeTimeLimit: random.pick([10, 10, 10, 10, 1, 0.05]),
    connectTimeLimit: random.pick([30, 30, 30, 1]),
    packetsShareMemory: random.chance(0.5),
  };
  if (random.chance(0.4)) {
    properties.compression = {
      serverNoContextTakeover: random.chance(0.5),
      clientNoContextTakeover: random.chance(0.5),
      serverMaxWindowBits: random.pick([15, 15, 12, 9, 8]),
      clientMaxWindowBits: random.pick([15, 15, 12, 9, 8]),
      threshold: random.pick([0, 0, 64, 1024]),
      level: random.pick([-1, -1, 0, 1, 9]),
      memLevel: random.pick([8, 8, 1, 9]),
    };
  }
  const isDriven = random.chance(0.3);
  return {
    properties,
    pollEvery: isDriven ? 0 : climate.tick * random.pick([1, 1, 1, 7, 60]),
    pollsInHook: random.chance(0.5),
    readsPerPoll: isDriven ? 1_000_000 : random.pick([1_000_000, 1_000_000, 1, 3]),
  };
}

function planLimit(random: Random, limit: number): number {
  return random.pick([limit, limit, limit, random.integer(1, limit), random.integer(1, limit), random.integer(0, 200)]);
}

function planDeeds(random: Random, climate: Climate, link: LinkPlan, side: 0 | 1): Deed[] {
  const dice = random.next();
  if (dice < 0.72) {
    const count = random.pick([1, 1, 1, 2, 10, climate.limit <= 5000 ? 40 : 10]);
    const isText = random.chance(0.5);
    const isMonotonous = random.chance(0.5);
    return Array.from({ length: count }, () => ({
      kind: 'send',
      size: planSize(random, climate, link, side),
      isText,
      isMonotonous,
      compress: random.chance(0.8),
      insists: random.chance(0.6),
    }));
  }
  if (dice < 0.78) return [{ kind: 'poll' }];
  if (dice < 0.84) return [{ kind: 'rest', milliseconds: random.pick([100, 1000, 5000]) }];
  if (dice < 0.89) return [planChange(random, climate)];
  if (dice < 0.905)
    return [{ kind: 'close', code: planCode(random), reason: random.pick(['', 'bye', 'ü'.repeat(80)]) }];
  if (dice < 0.91) return [{ kind: 'drop' }];
  if (dice < 0.93) return [{ kind: 'reconnect' }];
  return climate.hasFaults ? [planFault(random)] : [];
}

/** Mostly sizes that the other end accepts, near every limit; sometimes larger ones, if this world has those. */
function planSize(random: Random, climate: Climate, link: LinkPlan, side: 0 | 1): number {
  const theirs = link.peers[side === 0 ? 1 : 0].properties.inboundBufferSize ?? 65_535;
  const size = random.pick([
    0,
    1,
    random.integer(0, 20),
    random.pick([125, 126, 127]),
    random.pick([65_535, 65_536, 65_537]),
    theirs,
    theirs >> 1,
    random.integer(0, climate.limit),
    random.integer(0, climate.limit),
  ]);
  if (climate.sendsTooBig && random.chance(0.2)) return theirs + random.pick([1, 1, 50, theirs, 2 * theirs]);
  return Math.min(size, theirs);
}

function planChange(random: Random, climate: Climate): Deed {
  const { limit } = climate;
  return random.pick<() => Deed>([
    () => ({ kind: 'set', property: 'inboundBufferSize', value: planLimit(random, limit) }),
    () => ({ kind: 'set', property: 'outboundBufferSize', value: planLimit(random, limit) }),
    () => ({ kind: 'set', property: 'maxQueuedPackets', value: random.pick([1, 3, 100, 2048]) }),
    () => ({ kind: 'set', property: 'heartbeatInterval', value: random.pick([0, 0.1, 1]) }),
    () => ({ kind: 'set', property: 'pongTimeLimit', value: random.pick([0, 0.3, 2]) }),
    () => ({ kind: 'set', property: 'closeTimeLimit', value: random.pick([0.1, 1, 10]) }),
    () => ({ kind: 'set', property: 'fragmentSize', value: random.pick([0, Math.max(1, limit >> 4)]) }),
  ])();
}

function planCode(random: Random): number {
  return random.pick([1000, 1000, 1001, 1011, 3000, 4999]);
}

function planFault(random: Random): Deed {
  return random.pick<() => Deed>([
    () => ({ kind: 'stall', milliseconds: random.pick([50, 500, 5000, 30_000]) }),
    () => ({ kind: 'stall', milliseconds: random.pick([50, 500, 5000, 30_000]) }),
    () => ({ kind: 'change', latency: random.integer(0, 300), jitter: random.integer(0, 100) }),
    () => ({ kind: 'cut' }),
    () => ({ kind: 'breakOff' }),
    () => ({ kind: 'reset' }),
    () => ({ kind: 'resetHere' }),
  ])();
}
