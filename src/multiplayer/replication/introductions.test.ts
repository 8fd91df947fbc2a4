import { expect, test } from 'vitest';
import { HubPeer } from '../../../test/support/hub.ts';
import { ErrorCode } from '../../error-code.ts';
import { Router } from '../peers/router.ts';
import { NodeAddresses } from '../rpc/node-addresses.ts';
import { NodeRegistry } from '../rpc/node-registry.ts';
import { PathCache } from '../rpc/path-cache.ts';
import { Introductions } from './introductions.ts';

function begin(): { server: HubPeer; paths: PathCache; introductions: Introductions; sent: () => number } {
  const server = new HubPeer(1);
  const client = new HubPeer(5);
  client.join(server);
  const paths = new PathCache();
  const introductions = new Introductions(new NodeRegistry(), paths, new NodeAddresses(new Router(server), paths));
  const sent = (): number => {
    client.poll();
    let count = 0;
    for (; client.getAvailablePacketCount() > 0; count++) client.getPacket();
    return count;
  };
  return { server, paths, introductions, sent };
}

test('a path is sent again after 3 s, then 6 s, 12 s, and at last every minute, until it is confirmed', () => {
  const { paths, introductions, sent } = begin();
  expect([introductions.introduce(5, 'A', 0), introductions.introduce(5, 'A', 0), sent()]).toEqual([false, false, 1]);
  const times: number[] = [];
  for (let now = 0; now <= 250_000; now += 500) {
    introductions.repeat(now);
    if (sent() > 0) times.push(now / 1000);
  }
  expect(times).toEqual([3, 9, 21, 45, 93, 153, 213]);
  paths.confirm(5, 1);
  introductions.confirmed(5, 1);
  introductions.repeat(1e9);
  expect([sent(), introductions.introduce(5, 'A', 1e9)]).toEqual([0, true]);
});

test('one millisecond before its time nothing is sent', () => {
  const { introductions, sent } = begin();
  introductions.introduce(5, 'A', 100);
  sent();
  introductions.repeat(3099);
  expect(sent()).toBe(0);
  introductions.repeat(3100);
  expect(sent()).toBe(1);
});

test('a path that could not be sent is sent by the next call', () => {
  const { server, introductions, sent } = begin();
  server.refusal = ErrorCode.ERR_OUT_OF_MEMORY;
  introductions.introduce(5, 'A', 0);
  server.refusal = ErrorCode.OK;
  introductions.repeat(5000);
  expect(sent()).toBe(0);
  introductions.introduce(5, 'A', 5000);
  expect(sent()).toBe(1);
});

test('a confirmation counts although the path could not be sent again', () => {
  const { server, paths, introductions } = begin();
  introductions.introduce(5, 'A', 0);
  server.refusal = ErrorCode.ERR_OUT_OF_MEMORY;
  introductions.repeat(3000);
  // The engine confirms a path once: the answer to the first one is the only one.
  expect(paths.confirm(5, 1)).toBe(true);
  introductions.confirmed(5, 1);
  expect(introductions.introduce(5, 'A', 4000)).toBe(true);
});

test('a path that is forgotten is not sent again, nor to a peer that has left', () => {
  const { introductions, sent } = begin();
  introductions.introduce(5, 'A', 0);
  introductions.introduce(5, 'B', 0);
  introductions.forgetPath('A');
  sent();
  introductions.repeat(3000);
  expect(sent()).toBe(1);
  introductions.forget(5);
  introductions.repeat(10_000);
  introductions.introduce(5, 'C', 0);
  introductions.clear();
  introductions.repeat(20_000);
  expect(sent()).toBe(1);
});
