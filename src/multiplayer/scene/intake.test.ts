import { expect, test, vi } from 'vitest';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { bytesOf } from '../../../test/support/frames.ts';
import { Player } from '../../../test/support/hub.ts';

function start(): { clock: FakeClock; server: Player; client: Player; settle: () => void } {
  const clock = new FakeClock();
  const [server, client] = [1, 5].map((id) => new Player(id, clock)) as [Player, Player];
  const settle = (): void => {
    for (let n = 0; n < 4; n++) for (const { multiplayer } of [server, client]) multiplayer.poll();
  };
  return { clock, server, client, settle };
}

test('polls of a server without clients only poll its peer, before the first client and after the last', () => {
  const { clock, server, client, settle } = start();
  const { intake } = server.multiplayer.parts;
  const now = vi.spyOn(clock, 'now');
  const poll = vi.spyOn(server.peer, 'poll');
  const count = (): readonly [clock: number, polls: number] => {
    now.mockClear();
    poll.mockClear();
    for (let n = 0; n < 10; n++) server.multiplayer.poll();
    return [now.mock.calls.length, poll.mock.calls.length];
  };
  expect(intake.isIdle).toBe(false);
  server.multiplayer.poll();
  expect([intake.isIdle, count()]).toEqual([true, [0, 10]]);
  client.peer.join(server.peer);
  settle();
  expect([server.news(), intake.isIdle]).toEqual([['+ 5'], false]);
  client.peer.close();
  settle();
  expect([server.news(), intake.isIdle, count()]).toEqual([['- 5'], true, [0, 10]]);
});

test('a client that comes after a time without clients has the limits of any other', () => {
  const { clock, server, client, settle } = start();
  server.multiplayer.poll();
  clock.advance(60_000);
  server.multiplayer.poll();
  client.peer.join(server.peer);
  settle();
  const { gap } = server.multiplayer.parts.enforcer;
  expect([gap.burstSeconds, gap.attended]).toEqual([1, 0]);
  clock.advance(2000);
  settle();
  expect([gap.burstSeconds, gap.attended]).toEqual([2, 250]);
});

test('what was sent before the poll in which its sender connects is handled in that poll', () => {
  const { server, client } = start();
  server.multiplayer.poll();
  client.peer.join(server.peer);
  client.multiplayer.poll();
  client.multiplayer.sendBytes(bytesOf('aa'), 1);
  server.multiplayer.poll();
  expect(server.news()).toEqual(['+ 5', 'bytes 5 aa']);
});

test('an authentication that times out is noticed, and leaves the server idle', () => {
  const { clock, server, client, settle } = start();
  server.multiplayer.authCallback = () => {};
  client.multiplayer.authCallback = () => {};
  client.multiplayer.authTimeout = 0;
  server.multiplayer.poll();
  clock.advance(60_000);
  client.peer.join(server.peer);
  settle();
  expect(server.multiplayer.parts.intake.isIdle).toBe(false);
  for (let n = 0; n < 11; n++) {
    clock.advance(250);
    settle();
  }
  expect(server.multiplayer.getAuthenticatingPeers()).toEqual([5]);
  clock.advance(250);
  settle();
  expect([server.multiplayer.getAuthenticatingPeers(), server.multiplayer.parts.intake.isIdle]).toEqual([[], true]);
});
