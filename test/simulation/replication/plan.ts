import type { Random } from '../../../src/testing/index.ts';

/** What may happen in a world; the numbers choose the client and the node that it happens to. */
export const KINDS = [
  'spawn unit',
  'spawn player',
  'spawn squad',
  'spawn member',
  'free',
  'set',
  'set',
  'set',
  'change in place',
  'public',
  'visible for',
  'filter',
  'hold',
  'release',
  'state',
  'state authority',
  'input',
  'input',
  'join',
  'leave',
  'reset',
  'stall',
] as const;

export interface Action {
  readonly step: number;
  readonly kind: (typeof KINDS)[number];
  readonly one: number;
  readonly other: number;
}

/** A world from its seed: a plan can be run again with fewer actions. */
export interface ReplicationPlan {
  readonly seed: number;
  readonly hasRelay: boolean;
  readonly awaitsConfirmation: boolean;
  /** Bytes; 0 for any number. */
  readonly outboundBufferSize: number;
  /** Bytes that a direction of a link holds: few of them make the buffers fill. */
  readonly capacity: number;
  readonly interval: number;
  readonly actions: readonly Action[];
}

/** The steps in which something happens. */
export const STEPS = 120;

export function planReplication(random: Random, seed: number): ReplicationPlan {
  const actions = Array.from({ length: random.integer(20, 150) }, () => ({
    step: random.integer(0, STEPS - 1),
    kind: random.pick(KINDS),
    one: random.integer(0, 1000),
    other: random.integer(0, 1000),
  }));
  actions.sort((a, b) => a.step - b.step);
  const hasRelay = random.chance(0.7);
  return {
    seed,
    hasRelay,
    awaitsConfirmation: random.chance(0.8),
    outboundBufferSize: random.pick([0, 0, 400, 800, 3000]),
    capacity: random.pick([65_536, 1000, 200]),
    interval: random.pick([0, 0, 0.1]),
    actions,
  };
}
