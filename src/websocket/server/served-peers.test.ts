import { expect, test } from 'vitest';
import type { Failure } from '../../failure.ts';
import type { WakeHook } from '../peer/wake-hook.ts';
import type { WebSocketPeer } from '../peer/websocket-peer.ts';
import type { Eviction, HandshakeLimits } from '../requests/handshake-limits.ts';
import type { ServedPeer } from '../requests/served-peer.ts';
import type { Refusal } from '../session/server-opening.ts';
import { State } from '../state.ts';
import { ServedPeers } from './served-peers.ts';

const { STATE_CONNECTING, STATE_OPEN, STATE_CLOSED } = State;
const REFUSAL: Refusal = { status: 503, body: 'Full.' };
const FAILURE: Failure = { code: 'TICKPEER_DROPPED', message: 'dropped' };

/** A server's record of a peer, as far as `ServedPeers` uses it. `log` has the calls to all of them, in order. */
class Fake {
  readonly name: string;
  readonly #log: string[];
  readonly session = { deadline: Number.POSITIVE_INFINITY, drop: () => void this.#log.push(`drop ${this.name}`) };
  readonly opening = { askedRequest: null };
  readonly peer;
  /** What the next poll shows. */
  next = STATE_CONNECTING;
  packets = 0;
  onPoll = (): void => {};
  onBegin = (): void => {};
  state = STATE_CONNECTING;
  isPending = true;
  isQueued = false;
  isListed = false;
  isForgotten = false;
  isAsked = false;
  deadline = Number.POSITIVE_INFINITY;

  constructor(name: string, log: string[]) {
    this.name = name;
    this.#log = log;
    this.peer = {
      getReadyState: () => this.state,
      getAvailablePacketCount: () => this.packets,
      close: (code: number) => void log.push(`close ${name} ${code}`),
    };
  }

  begin(): void {
    this.onBegin();
  }
  poll(): void {
    this.#log.push(`poll ${this.name}`);
    this.state = this.next;
    this.onPoll();
  }
  forget(): void {
    this.isForgotten = true;
  }
  refuse({ status }: Refusal): void {
    this.#log.push(`refuse ${this.name} ${status}`);
  }
}

/** `ServedPeers` has these classes with private members. */
const asServed = (fake: Fake): ServedPeer => fake as unknown as ServedPeer;
const asPeer = (fake: Fake): WebSocketPeer => fake.peer as unknown as WebSocketPeer;

class Scene {
  readonly log: string[] = [];
  /** Whom the next connection makes go. */
  eviction: Eviction | null = null;
  readonly #names = new Map<unknown, string>();
  readonly peers: ServedPeers;

  constructor() {
    const { log } = this;
    const handshakes = {
      begin: () => this.eviction,
      leave: ({ peer }: ServedPeer) => void log.push(`leave ${this.#names.get(peer)}`),
    } as unknown as HandshakeLimits;
    const wakeHook = { wake: (isInCall: boolean) => void log.push(`wake ${isInCall}`) } as unknown as WakeHook;
    this.peers = new ServedPeers(handshakes, wakeHook, {
      onPeerClosed: (peer) => void log.push(`closed ${this.#names.get(peer)}`),
      onEmpty: () => void log.push('empty'),
    });
  }

  add(name: string): Fake {
    const fake = this.make(name);
    this.peers.add(asServed(fake));
    return fake;
  }

  make(name: string): Fake {
    const fake = new Fake(name, this.log);
    this.#names.set(fake.peer, name);
    return fake;
  }

  wake(...fakes: readonly Fake[]): void {
    for (const fake of fakes) this.peers.onServedPeerWake(asServed(fake), true);
  }

  poll(): void {
    this.peers.beginPoll();
    this.peers.wakeDue(0);
    this.peers.pollWoken();
    this.peers.endPoll();
  }

  /** Polls these once, in the given state. */
  show(state: State, ...fakes: readonly Fake[]): void {
    for (const fake of fakes) fake.next = state;
    this.wake(...fakes);
    this.poll();
  }

  get ready(): (string | undefined)[] {
    return this.peers.ready.map((peer) => this.#names.get(peer));
  }

  takeLog(): string[] {
    return this.log.splice(0);
  }
}

test('a peer is in the handshake until a poll shows that it is open, and is handed out once', () => {
  const scene = new Scene();
  const [a, b] = [scene.add('a'), scene.add('b')];
  const { peers } = scene;
  expect([peers.size, peers.pendingCount, peers.admittedCount, peers.hasOpened]).toEqual([2, 2, 0, false]);
  scene.show(STATE_OPEN, b, a);
  expect([peers.size, peers.pendingCount, peers.admittedCount, peers.hasOpened]).toEqual([2, 0, 2, true]);
  expect([...peers.admitted()]).toEqual([a.peer, b.peer]);
  expect([peers.takeOpened(), peers.takeOpened(), peers.takeOpened()]).toEqual([b.peer, a.peer, null]);
  expect(peers.hasOpened).toBe(false);
});

test('peers are polled in the order in which they woke; one that wakes meanwhile waits for the next poll', () => {
  const scene = new Scene();
  const [a, b, c] = [scene.add('a'), scene.add('b'), scene.add('c')];
  a.onPoll = () => {
    a.onPoll = () => {};
    scene.wake(c);
  };
  scene.wake(b, a);
  scene.takeLog();
  scene.poll();
  expect(scene.takeLog()).toEqual(['poll b', 'poll a', 'wake true']);
  expect(scene.peers.hasWoken).toBe(true);
  scene.poll();
  expect(scene.takeLog()).toEqual(['poll c']);
  expect(scene.peers.hasWoken).toBe(false);
});

test('a peer that is forgotten while others are polled is not polled', () => {
  const scene = new Scene();
  const [a, b] = [scene.add('a'), scene.add('b')];
  a.onPoll = () => scene.peers.onHandshakeEnd(asServed(b), true);
  scene.wake(a, b);
  scene.takeLog();
  scene.poll();
  expect(scene.takeLog()).toEqual(['poll a', 'leave b']);
});

test('ready has those with a new state or with packets, the latter until they are read', () => {
  const scene = new Scene();
  const [a, b] = [scene.add('a'), scene.add('b')];
  scene.show(STATE_OPEN, a, b);
  expect(scene.ready).toEqual(['a', 'b']);
  scene.poll();
  expect(scene.ready).toEqual([]);
  b.packets = 1;
  scene.wake(a, b);
  scene.poll();
  expect(scene.ready).toEqual(['b']);
  scene.poll();
  expect(scene.ready).toEqual(['b']);
  b.packets = 0;
  scene.poll();
  expect(scene.ready).toEqual([]);
});

test('a peer that closes is listed once, forgotten, reported, and not handed out', () => {
  const scene = new Scene();
  const a = scene.add('a');
  scene.show(STATE_OPEN, a);
  scene.takeLog();
  scene.show(STATE_CLOSED, a);
  expect(scene.takeLog()).toEqual(['wake true', 'poll a', 'leave a', 'empty', 'closed a']);
  expect([scene.ready, a.isForgotten, scene.peers.size, scene.peers.takeOpened()]).toEqual([['a'], true, 0, null]);
  expect(scene.peers.get(asPeer(a))).toBeUndefined();
  scene.poll();
  expect(scene.ready).toEqual([]);
});

test('a client whose handshake fails is forgotten without a report', () => {
  const scene = new Scene();
  const a = scene.add('a');
  scene.show(STATE_CLOSED, a);
  expect(scene.takeLog()).toEqual(['wake true', 'poll a', 'leave a', 'empty']);
  expect(scene.ready).toEqual([]);
});

test('only the end of a handshake with a plain response forgets the client at once', () => {
  const scene = new Scene();
  const [a, b] = [scene.add('a'), scene.add('b')];
  scene.peers.onHandshakeEnd(asServed(a), false);
  scene.peers.onHandshakeEnd(asServed(b), true);
  expect([a.isForgotten, b.isForgotten, scene.peers.size]).toEqual([false, true, 1]);
  scene.peers.onHandshakeEnd(asServed(b), true);
  expect(scene.takeLog()).toEqual(['leave b']);
});

test('a new connection may make another one go, and is itself not counted when it is over at once', () => {
  const scene = new Scene();
  const a = scene.add('a');
  scene.eviction = { served: asServed(a), refusal: REFUSAL };
  scene.add('b');
  expect(scene.takeLog()).toEqual(['leave a', 'refuse a 503']);
  expect([a.isForgotten, scene.peers.pendingCount]).toEqual([true, 1]);
  const c = scene.make('c');
  scene.eviction = { served: asServed(c), refusal: REFUSAL };
  c.onBegin = () => scene.peers.onHandshakeEnd(asServed(c), true);
  scene.peers.add(asServed(c));
  expect(scene.takeLog()).toEqual(['leave c']);
});

test('a deadline wakes its peer, and none is left when all are gone', () => {
  const scene = new Scene();
  const a = scene.make('a');
  a.session.deadline = 100;
  scene.peers.add(asServed(a));
  expect(scene.peers.deadline).toBe(100);
  a.session.deadline = 250;
  scene.wake(a);
  scene.poll();
  scene.peers.wakeDue(100);
  expect(scene.peers.deadline).toBe(250);
  scene.peers.dropAll(FAILURE);
  expect(scene.peers.deadline).toBe(Number.POSITIVE_INFINITY);
});

test('closeAll refuses those in the handshake, after a last poll, and closes the others', () => {
  const scene = new Scene();
  const [open, late, pending] = [scene.add('open'), scene.add('late'), scene.add('pending')];
  scene.show(STATE_OPEN, open);
  late.next = STATE_OPEN;
  scene.takeLog();
  scene.peers.closeAll(1001, 'bye', REFUSAL);
  expect(scene.takeLog()).toEqual([
    'poll late',
    'poll pending',
    'leave pending',
    'refuse pending 503',
    'close open 1001',
    'close late 1001',
  ]);
  expect([scene.peers.hasOpened, scene.peers.size, pending.isForgotten]).toEqual([false, 2, true]);
});

test('closeAll without a peer reports that there is none', () => {
  const scene = new Scene();
  scene.peers.closeAll(1001, '', REFUSAL);
  expect(scene.takeLog()).toEqual(['empty']);
});

test('dropAll drops all, lists and reports those that had opened, and is empty', () => {
  const scene = new Scene();
  const open = scene.add('open');
  scene.add('pending');
  scene.show(STATE_OPEN, open);
  scene.peers.beginPoll();
  scene.takeLog();
  scene.peers.dropAll(FAILURE);
  expect(scene.takeLog()).toEqual(['drop open', 'leave open', 'closed open', 'drop pending', 'leave pending', 'empty']);
  expect([scene.ready, scene.peers.size]).toEqual([['open'], 0]);
  scene.peers.clearReady();
  expect(scene.ready).toEqual([]);
});
