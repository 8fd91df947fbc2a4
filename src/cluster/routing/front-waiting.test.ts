import type { Socket } from 'node:net';
import { State } from 'tickpeer';
import { expect, test } from 'vitest';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { type FrontEnd, startFront, startNode } from '../../../test/support/front.ts';
import { dialPeer, drive, isClosed, isOpen } from '../../../test/support/peers.ts';
import { dialRaw, startRawServer, upgradeRequest } from '../../../test/support/raw-tcp.ts';
import { turn, until } from '../../../test/support/until.ts';
import type { FrontOptions } from './front-options.ts';
import type { Route } from './route.ts';

const HERE: Route = { to: 'here' };

/** A front with a clock that the test moves, whose `findRoute` waits for the test. */
async function make(options: FrontOptions = {}) {
  const clock = new FakeClock();
  const asked: { readonly signal: AbortSignal; readonly answer: (route: Route) => void }[] = [];
  const findRoute = (_request: unknown, signal: AbortSignal): Promise<Route> =>
    new Promise((answer) => void asked.push({ signal, answer }));
  const end: FrontEnd = await startFront(findRoute, { clock, ...options });
  const sockets: Socket[] = [];
  end.http.on('connection', (socket) => void sockets.push(socket));
  const poll = (): void => {
    end.poll();
    clock.endTurn();
  };
  return { ...end, poll, clock, asked, sockets };
}

test('a client waits for waitTime, and then gets the code to come again', async () => {
  const { clock, asked, front, url, poll } = await make();
  const client = dialPeer(url);
  await drive(client, () => asked.length === 1);
  clock.advance(1999);
  await turn();
  expect([asked[0]?.signal.aborted, front.statistics.waiting]).toEqual([false, 1]);
  clock.advance(1);
  await drive([client, { poll }], () => isClosed(client));
  expect([client.getCloseCode(), asked[0]?.signal.aborted, asked.length]).toEqual([4503, true, 1]);
  expect(front.statistics).toMatchObject({ waiting: 0, refused: { waitTime: 1 } });
  asked[0]?.answer(HERE);
  await turn();
  expect(front.statistics.here).toBe(0);
});

test('a route that comes in time is taken, and no timer is left', async () => {
  const { clock, asked, front, url, poll } = await make();
  const client = dialPeer(url);
  await drive(client, () => asked.length === 1);
  clock.advance(1999);
  asked[0]?.answer(HERE);
  await drive([client, { poll }], () => isOpen(client));
  expect([clock.timerCount, asked[0]?.signal.aborted, front.statistics.waiting]).toEqual([0, false, 0]);
});

test('connecting takes at most connectTime, and a second search and connection what is left of both times', async () => {
  const unreachable: string[] = [];
  const { clock, asked, front, url, poll } = await make({ onUnreachable: (id) => void unreachable.push(id) });
  const slow: Route = { to: 'node', id: 'slow', host: '127.0.0.1', port: (await startRawServer()).port };
  const client = dialPeer(url);
  await drive(client, () => asked.length === 1);
  clock.advance(500);
  asked[0]?.answer(slow);
  await microtasks();
  clock.advance(999);
  expect([clock.timerCount, unreachable]).toEqual([1, []]);
  clock.advance(1);
  await microtasks();
  expect([unreachable, asked.length]).toEqual([['slow'], 2]);
  // 1.5 of the 2 seconds of the search are over, and 1.5 of 3 in all.
  clock.advance(499);
  asked[1]?.answer(slow);
  await microtasks();
  clock.advance(999);
  await microtasks();
  expect([asked[1]?.signal.aborted, unreachable.length]).toEqual([false, 1]);
  clock.advance(1);
  await drive([client, { poll }], () => isClosed(client));
  expect([client.getCloseCode(), unreachable.length, asked.length]).toEqual([4503, 2, 2]);
  expect(front.statistics).toMatchObject({ unreachable: 2, tunnelled: 0, refused: { unreachable: 1 } });
});

test.each(['end', 'reset'] as const)('a client that disconnects while it waits is forgotten: %s', async (how) => {
  const { clock, asked, front, port, sockets } = await make();
  const end = await dialRaw(port);
  end.write(upgradeRequest());
  await until(() => asked.length === 1);
  if (how === 'end') end.socket.end();
  else end.reset();
  await until(() => front.statistics.waiting === 0);
  expect([asked[0]?.signal.aborted, clock.timerCount, front.statistics.abandoned]).toEqual([true, 0, 1]);
  asked[0]?.answer(HERE);
  await turn();
  expect([front.statistics.here, front.statistics.abandoned]).toEqual([0, 1]);
  const [socket] = sockets;
  for (const event of ['data', 'end', 'close']) {
    // Node's HTTP server has a listener of its own for 'end' and 'close'.
    expect(socket?.listenerCount(event), event).toBeLessThanOrEqual(1);
  }
});

test('a waiting client is not read beyond its first bytes, and they come first afterwards', async () => {
  const { asked, front, port, sockets } = await make();
  const node = await startRawServer();
  const end = await dialRaw(port);
  end.write(upgradeRequest());
  await until(() => asked.length === 1);
  const size = 24 * 1024 * 1024;
  end.socket.write(Buffer.alloc(size, 'x'));
  let [before, still] = [-1, 0];
  await until(() => {
    still = end.socket.bytesWritten - end.socket.writableLength === before ? still + 1 : 0;
    before = end.socket.bytesWritten - end.socket.writableLength;
    return still > 200;
  });
  expect(sockets[0]?.bytesRead).toBeLessThan(512 * 1024);
  asked[0]?.answer({ to: 'node', id: 'b', host: '127.0.0.1', port: node.port });
  await until(() => (node.ends[0]?.socket.bytesRead ?? 0) > size);
  await until(() => node.ends[0]?.body.length === size);
  expect(front.statistics.tunnelled).toBe(1);
});

test.each([
  [1, 0],
  [2, 0],
  [3, 1],
])('of %i clients with 2 that may wait, %i are refused at once', async (count, refused) => {
  const { asked, front, url, poll } = await make({ mostWaiting: 2 });
  const clients = Array.from({ length: count }, () => dialPeer(url));
  await drive(
    [...clients, { poll }],
    () => asked.length === count - refused && clients.filter(isClosed).length === refused,
  );
  expect(front.statistics).toMatchObject({ waiting: count - refused, refused: { mostWaiting: refused } });
  for (const { answer } of asked) answer(HERE);
  await drive([...clients, { poll }], () => clients.filter(isOpen).length === count - refused);
  expect(front.statistics.waiting).toBe(0);
});

test('a client whose route is found keeps no listener of the front', async () => {
  const node = startNode('b');
  const { asked, sockets, url, poll } = await make();
  const [here, there] = [dialPeer(url), dialPeer(url)];
  await drive([here, there], () => asked.length === 2);
  const waiting = sockets.map((socket) => socket.listenerCount('data'));
  asked[0]?.answer(HERE);
  asked[1]?.answer(node.route);
  await drive([here, there, node, { poll }], () => isOpen(here) && isOpen(there));
  const now = sockets.map((socket) => socket.listenerCount('data'));
  expect([waiting, now]).toEqual([
    [1, 1],
    [1, 1],
  ]);
  expect([here, there].map((client) => client.getReadyState())).toEqual([State.STATE_OPEN, State.STATE_OPEN]);
});

/** Lets promises go on. No event of a socket comes meanwhile, so none connects. */
async function microtasks(): Promise<void> {
  for (let count = 0; count < 50; count++) await null;
}
