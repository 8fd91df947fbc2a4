import type { Action, Deed, LinkPlan, PeerPlan, WorldPlan } from './plan.ts';
import { type Outcome, runWorld, type WorldOptions } from './world.ts';

/** The smallest world found that still breaks the same rule. */
export interface Shrunk {
  readonly plan: WorldPlan;
  /** Traced. */
  readonly outcome: Outcome;
  readonly runs: number;
}

const MOST_RUNS = 3000;
const LONGEST_TIME = 20_000;
const SIMPLE_PEER: PeerPlan = { properties: {}, pollEvery: 16, pollsInHook: false, readsPerPoll: 1_000_000 };

/** Removes links and actions, resets settings to their defaults, and reduces sizes, one after the other. */
export function shrink(plan: WorldPlan, { rule }: Outcome, options: WorldOptions): Shrunk {
  const start = performance.now();
  let best = plan;
  let runs = 0;
  const isBetter = (smaller: WorldPlan): boolean => {
    if (runs >= MOST_RUNS || performance.now() - start > LONGEST_TIME) return false;
    runs++;
    if (runWorld(smaller, options).rule !== rule) return false;
    best = smaller;
    return true;
  };
  for (let before: WorldPlan | null = null; before !== best; ) {
    before = best;
    for (let index = best.links.length - 1; index >= 0 && best.links.length > 1; index--)
      isBetter(withoutLink(best, index));
    leaveOutActions(() => best, isBetter);
    for (let index = 0; index < best.links.length; index++) {
      tryAll(
        () => simplerLinks(best.links[index]!),
        (link) => isBetter({ ...best, links: best.links.with(index, link) }),
      );
    }
    for (let index = 0; index < best.actions.length; index++) {
      tryAll(
        () => simplerActions(best.actions[index]!),
        (action) => isBetter({ ...best, actions: sorted(best.actions.with(index, action)) }),
      );
    }
  }
  return { plan: best, outcome: runWorld(best, { ...options, isTraced: true }), runs };
}

/** Tries one after the other, and starts again after each improvement. */
function tryAll<T>(candidates: () => Iterable<T>, isBetter: (candidate: T) => boolean): void {
  for (let again = true; again; ) {
    again = false;
    for (const candidate of candidates()) {
      again = isBetter(candidate);
      if (again) break;
    }
  }
}

/** In large pieces first, then in ever smaller ones. */
function leaveOutActions(best: () => WorldPlan, isBetter: (plan: WorldPlan) => boolean): void {
  for (let size = best().actions.length; size >= 1; size >>= 1) {
    for (let from = 0; from < best().actions.length; ) {
      const actions = best().actions.filter((_, index) => index < from || index >= from + size);
      if (!isBetter({ ...best(), actions })) from += size;
    }
  }
}

function withoutLink(plan: WorldPlan, gone: number): WorldPlan {
  const actions = plan.actions
    .filter(({ link }) => link !== gone)
    .map((action) => (action.link > gone ? { ...action, link: action.link - 1 } : action));
  return { ...plan, links: plan.links.filter((_, index) => index !== gone), actions };
}

function* simplerLinks(link: LinkPlan): Generator<LinkPlan, void, undefined> {
  for (const options of without(link.options)) yield { ...link, options };
  for (const side of [0, 1] as const) {
    const peer = link.peers[side];
    const withPeer = (changed: PeerPlan): LinkPlan => ({
      ...link,
      peers: side === 0 ? [changed, link.peers[1]] : [link.peers[0], changed],
    });
    for (const properties of without(peer.properties)) yield withPeer({ ...peer, properties });
    if (peer.pollEvery !== SIMPLE_PEER.pollEvery) yield withPeer({ ...peer, pollEvery: SIMPLE_PEER.pollEvery });
    if (peer.pollsInHook) yield withPeer({ ...peer, pollsInHook: false });
    if (peer.readsPerPoll !== SIMPLE_PEER.readsPerPoll) {
      yield withPeer({ ...peer, readsPerPoll: SIMPLE_PEER.readsPerPoll });
    }
  }
}

/** The same record without one of its fields, or without all. */
function* without<T extends object>(record: T): Generator<T, void, undefined> {
  const names = Object.keys(record);
  for (const left of [names, ...names.map((name) => [name])]) {
    if (left.length === 0 || (left === names && names.length === 1)) continue;
    // All fields are optional, so the record is valid without some of them.
    yield Object.fromEntries(Object.entries(record).filter(([name]) => !left.includes(name))) as T;
  }
}

function* simplerActions(action: Action): Generator<Action, void, undefined> {
  for (const deed of simplerDeeds(action.deed)) yield { ...action, deed };
  for (const at of [0, action.at >> 1]) if (at < action.at) yield { ...action, at };
}

function* simplerDeeds(deed: Deed): Generator<Deed, void, undefined> {
  if (deed.kind !== 'send') return;
  for (const size of [0, 1, deed.size >> 1, deed.size - 1]) if (size >= 0 && size < deed.size) yield { ...deed, size };
  if (deed.isText) yield { ...deed, isText: false };
  if (deed.insists) yield { ...deed, insists: false };
  if (deed.isMonotonous) yield { ...deed, isMonotonous: false };
}

function sorted(actions: readonly Action[]): readonly Action[] {
  return [...actions].sort((one, other) => one.at - other.at);
}
