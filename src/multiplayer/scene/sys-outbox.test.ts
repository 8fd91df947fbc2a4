import { expect, test } from 'vitest';
import { table } from '../../../test/support/hub.ts';
import { ErrorCode } from '../../error-code.ts';
import { Router } from '../peers/router.ts';
import { MOST_WAITING, SysOutbox } from './sys-outbox.ts';

/** An outbox to the peers 5, 6 and 7, of which those in `full` take nothing, and those in `behind` have a backlog. */
function start() {
  const { server } = table([5, 6, 7]);
  const full = new Set<number>();
  const behind = new Set<number>();
  const sent: string[] = [];
  server.peer.putPacket = (packet) => {
    const to = Reflect.get(server.peer, 'targetPeer');
    if (full.has(to)) return ErrorCode.ERR_OUT_OF_MEMORY;
    sent.push(`${to}: ${packet[0]}`);
    return ErrorCode.OK;
  };
  server.peer.getOutboundBacklog = (id) => (behind.has(id) ? 1 : 0);
  const outbox = new SysOutbox(new Router(server.peer));
  const send = (receivers: number[], byte: number, isState = false): void =>
    outbox.send(receivers, Uint8Array.of(byte), isState);
  return { outbox, full, behind, send, news: () => sent.splice(0) };
}

test('what a full buffer refuses is sent later, in order, and to that peer alone', () => {
  const { outbox, full, behind, send, news } = start();
  full.add(6);
  send([5, 6, 7], 1);
  send([5, 6], 2);
  send([6], 3);
  expect(news()).toEqual(['5: 1', '7: 1', '5: 2']);
  outbox.retry();
  expect(news()).toEqual([]);
  full.clear();
  // Nothing overtakes what waits.
  send([5, 6], 4);
  expect(news()).toEqual(['5: 4']);
  behind.add(6);
  outbox.retry();
  expect(news()).toEqual([]);
  behind.clear();
  outbox.retry();
  expect(news()).toEqual(['6: 1', '6: 2', '6: 3', '6: 4']);
  outbox.retry();
  expect(news()).toEqual([]);
});

test('state does not wait, and does not overtake what waits', () => {
  const { outbox, full, send, news } = start();
  full.add(6);
  send([5, 6], 1, true);
  send([6], 2);
  full.clear();
  send([6], 3, true);
  outbox.retry();
  expect(news()).toEqual(['5: 1', '6: 2']);
});

test.each([
  { last: MOST_WAITING - 1, isKept: true },
  { last: MOST_WAITING, isKept: false },
])('beyond 1 byte, $last more are kept: $isKept', ({ last, isKept }) => {
  const { outbox, full, send, news } = start();
  full.add(6);
  send([6], 1);
  outbox.send([6], new Uint8Array(last).fill(2));
  full.clear();
  outbox.retry();
  expect(news()).toEqual(isKept ? ['6: 1', '6: 2'] : ['6: 1']);
});

test('nothing is kept for a peer that has left', () => {
  const { outbox, full, send, news } = start();
  full.add(6);
  send([5, 6], 1);
  outbox.forget(6);
  full.clear();
  outbox.retry();
  send([5, 6], 2);
  expect(news()).toEqual(['5: 1', '5: 2', '6: 2']);
  full.add(5).add(6);
  send([5, 6], 3);
  outbox.clear();
  full.clear();
  outbox.retry();
  expect(news()).toEqual([]);
});
