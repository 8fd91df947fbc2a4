import { expect } from 'vitest';
import { WebSocketServer } from '../../src/websocket/index.ts';
import { frameTo } from '../support/frames.ts';
import { switching, upgradeRequest } from '../support/raw-tcp.ts';
import { until } from '../support/until.ts';
import type { Chance } from './fuzz.ts';
import { fuzz, INPUTS, IS_LONG } from './fuzz-runner.ts';
import {
  type Act,
  Application,
  actsOf,
  Conversation,
  requestOf,
  requestsOf,
  type Shape,
  shapeOf,
  turns,
} from './http-conversation.ts';

/** Each needs two servers and two connections, so `npm test` runs fewer. */
const CONVERSATIONS = Math.ceil(INPUTS / (IS_LONG ? 10 : 40));

type Prepare = (application: Application) => void;

/** The same application twice, a WebSocket server that echoes attached to the second at `/game`. */
async function withBoth(
  shape: Shape,
  prepare: Prepare,
  run: (plain: Conversation, attached: Conversation) => Promise<void>,
): Promise<void> {
  const applications = [new Application(shape, true), new Application(shape, false)] as const;
  const server = new WebSocketServer();
  server.onWake = () => {
    server.poll();
    for (const peer of server.readyPeers()) for (const packet of peer.packets()) peer.sendText(`echo ${packet}`);
  };
  prepare(applications[1]);
  server.attach(applications[1].server, { path: '/game' });
  const conversations: Conversation[] = [];
  try {
    for (const application of applications) {
      await application.listen();
      const conversation = new Conversation(application);
      conversations.push(conversation);
      await conversation.begin();
    }
    const [plain, attached] = conversations;
    if (plain !== undefined && attached !== undefined) await run(plain, attached);
  } finally {
    server[Symbol.dispose]();
    for (const conversation of conversations) conversation.close();
    for (const application of applications) application.close();
  }
}

async function play(acts: readonly Act[], ...conversations: readonly Conversation[]): Promise<void> {
  for (const act of acts) await Promise.all(conversations.map((conversation) => conversation.act(act)));
}

/** Lets both continue until nothing more happens. */
async function settle(plain: Conversation, attached: Conversation): Promise<void> {
  let before = '';
  const state = (): string => JSON.stringify([plain.outcome, attached.outcome]);
  const isStill = (): boolean => {
    const now = state();
    const isSame = now === before;
    before = now;
    return isSame;
  };
  do {
    while (plain.application.held.length + attached.application.held.length > 0) {
      await play([{ kind: 'release' }], plain, attached);
    }
    await turns(5);
  } while (!isStill());
}

async function compare(shape: Shape, prepare: Prepare, acts: readonly Act[]): Promise<void> {
  await withBoth(shape, prepare, async (plain, attached) => {
    await play(acts, plain, attached);
    await settle(plain, attached);
    await until(() => JSON.stringify(plain.outcome) === JSON.stringify(attached.outcome), 1000).catch(() => {});
    expect(attached.outcome).toEqual(plain.outcome);
    if (plain.isReset) {
      const areClosed = (): boolean[] => [plain, attached].map(({ application }) => application.isClosed);
      await until(() => areClosed().every(Boolean), 500).catch(() => {}); // compared below
      // A socket that the application took and does not read (CONNECT) detects no reset, with tickpeer and without.
      await until(() => new Set(areClosed()).size === 1);
    } else {
      await Promise.all([plain.end(), attached.end()]);
      // A socket that a listener for 'upgrade' ignored stays open, with tickpeer and without.
      await until(() => attached.isOver === plain.isOver);
    }
    expect(attached.outcome).toEqual(plain.outcome);
  });
}

fuzz(
  'HTTP conversations beside a WebSocket server',
  async (chance) => {
    const acts = actsOf(chance, requestsOf(chance, true));
    if (chance.below(6) === 0) acts.splice(chance.below(acts.length + 1), acts.length, { kind: 'reset' });
    await compare(shapeOf(chance), () => {}, acts);
  },
  CONVERSATIONS,
);

/** A client that uses a WebSocket after its other requests. Each of those is answered first; then follow the 101 and the echoes. */
async function upgradeBehind(chance: Chance, prepare: Prepare): Promise<void> {
  const before = chance.below(5) === 0 ? new Uint8Array(0) : requestsOf(chance, false);
  const upgrade = chance.pick(['websocket', 'WebSocket', 'h2c, websocket']);
  const connection = chance.pick(['Upgrade', 'keep-alive, upgrade']);
  await withBoth(shapeOf(chance), prepare, async (plain, attached) => {
    const texts = ['a', 'b'.repeat(chance.below(2000))];
    const frames = texts.map((payload) => frameTo('server', { opcode: 1, payload }));
    const head = upgradeRequest({ Upgrade: upgrade, Connection: connection }, 'GET /game HTTP/1.1');
    const ours = Buffer.concat([Buffer.from(head), ...frames]);
    // The plain server gets the requests before that in one piece, since the split makes no difference to it.
    await play([{ kind: 'write', bytes: before }], plain);
    await play(actsOf(chance, Buffer.concat([before, ours])), attached);
    await settle(plain, attached);
    const echoes = texts.map((payload) => Buffer.from(frameTo('client', { opcode: 1, payload: `echo ${payload}` })));
    const answer = `${switching('dGhlIHNhbXBsZSBub25jZQ==')}${Buffer.concat(echoes).toString('latin1')}`;
    // Unless one of the requests has closed the connection.
    const expected = `${plain.received}${plain.isOver ? '' : answer}`;
    await until(() => attached.received.length >= expected.length, 1000).catch(() => {}); // the comparison reports it
    expect(attached.received).toBe(expected);
    // A body in several pieces is seen later, and after the end of the connection not at all.
    if (!plain.isOver) expect(attached.application.seen.toSorted()).toEqual(plain.application.seen.toSorted());
  });
}

fuzz('WebSockets behind pipelined requests', (chance) => upgradeBehind(chance, () => {}), Math.ceil(CONVERSATIONS / 2));

/** Turns a server into one that cannot be told in advance what to upgrade, so that the third way is tested, too. */
function withoutNotice({ server }: Application): void {
  const key = Object.getOwnPropertySymbols(server).find(({ description }) => description === 'IncomingMessage');
  if (key !== undefined) Reflect.deleteProperty(server, key);
}

fuzz(
  'WebSockets behind pipelined requests, without notice of upgrades',
  (chance) => upgradeBehind(chance, withoutNotice),
  Math.ceil(CONVERSATIONS / 3),
);

/** One request after the other: Node loses what is pipelined behind an upgrade that it ignores, and this way does not. */
fuzz(
  'HTTP conversations beside a WebSocket server, without notice of upgrades',
  async (chance) => {
    const acts: Act[] = [];
    for (let count = 1 + chance.below(3); count > 0; count--) {
      acts.push(...actsOf(chance, requestOf(chance, true)), { kind: 'release' }, { kind: 'release' });
    }
    await compare({ ...shapeOf(chance), maxRequestsPerSocket: 0 }, withoutNotice, acts);
  },
  Math.ceil(CONVERSATIONS / 3),
);
