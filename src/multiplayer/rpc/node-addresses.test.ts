import { expect, test } from 'vitest';
import { HubPeer } from '../../../test/support/hub.ts';
import { ScriptedPeer } from '../../../test/support/scripted-peer.ts';
import { ErrorCode } from '../../error-code.ts';
import { Router } from '../peers/router.ts';
import { NodeAddresses } from './node-addresses.ts';
import { PathCache } from './path-cache.ts';
import { NO_METHODS, type RpcTable } from './rpc-table.ts';

const TABLE = NO_METHODS as RpcTable<never>;

test('an address is made once for each path, with the packet that introduces it', () => {
  const addresses = new NodeAddresses(new Router(new ScriptedPeer(1)), new PathCache());
  const one = addresses.of('World/A', TABLE);
  expect(addresses.of('World/A', TABLE)).toBe(one);
  expect([one.number, addresses.of('World/B', TABLE).number]).toEqual([1, 2]);
  expect(Buffer.from(one.introduction).toString('hex')).toMatch(/^01[0-9a-f]{64}0001000000576f726c642f4100$/);
});

test('a path is sent once to each peer, and again when it was not sent', () => {
  const peer = new HubPeer(1);
  const paths = new PathCache();
  const addresses = new NodeAddresses(new Router(peer), paths);
  new HubPeer(5).join(peer);
  const address = addresses.of('World/A', TABLE);
  peer.refusal = ErrorCode.ERR_OUT_OF_MEMORY;
  expect([addresses.introduce(5, address), paths.confirm(5, 1)]).toEqual([false, false]);
  peer.refusal = ErrorCode.OK;
  expect([addresses.introduce(5, address), addresses.introduce(5, address), addresses.repeat(5, address)]).toEqual([
    true,
    false,
    true,
  ]);
  peer.refusal = ErrorCode.ERR_OUT_OF_MEMORY;
  expect(addresses.repeat(5, address)).toBe(false);
  // It was sent before: its confirmation counts.
  expect(paths.confirm(5, address.number)).toBe(true);
});

test('a path that was forgotten has another number, and is introduced again', () => {
  const peer = new ScriptedPeer(1);
  const addresses = new NodeAddresses(new Router(peer), new PathCache());
  addresses.introduce(5, addresses.of('World/A', TABLE));
  addresses.forgetPath('World/A');
  expect(addresses.of('World/A', TABLE).number).toBe(2);
  expect(addresses.introduce(5, addresses.of('World/A', TABLE))).toBe(true);
  expect(peer.sent.map(({ to }) => to)).toEqual([5, 5]);
});
