import { expect, test } from 'vitest';
import { ErrorCode } from '../../error-code.ts';
import { int } from '../../variant/index.ts';
import { nodeHandle, nodePattern } from './node-handle.ts';
import type { RpcCalls } from './rpc-calls.ts';
import { rpc } from './rpc-method.ts';
import { RpcTable } from './rpc-table.ts';

const METHODS = { hit: rpc.anyPeer([int]), die: rpc.anyPeer() };

function make() {
  const log: unknown[] = [];
  const table = new RpcTable(METHODS);
  const calls = {
    call: (path: string, of: unknown, entry: { name: string }, id: number, args: readonly unknown[]) => {
      log.push([path, of === table, entry.name, id, args]);
      return ErrorCode.ERR_UNAVAILABLE;
    },
  };
  // No other members are used.
  return { log, table, calls: calls as unknown as RpcCalls };
}

test('rpc is a call to all, and rpcId to one; both return the code', () => {
  const { log, table, calls } = make();
  const node = nodeHandle('Main', table, calls, METHODS);
  expect([node.hit.rpc(5), node.die.rpcId(7), node.hit.rpcId(-7, 6)]).toEqual([
    ErrorCode.ERR_UNAVAILABLE,
    ErrorCode.ERR_UNAVAILABLE,
    ErrorCode.ERR_UNAVAILABLE,
  ]);
  expect(log).toEqual([
    ['Main', true, 'hit', 0, [5]],
    ['Main', true, 'die', 7, []],
    ['Main', true, 'hit', -7, [6]],
  ]);
});

test('a handle has the declared methods alone, and is frozen', () => {
  const { table, calls } = make();
  const node = nodeHandle('Main', table, calls, METHODS);
  expect(Object.keys(node)).toEqual(['hit', 'die']);
  expect(Object.isFrozen(node)).toBe(true);
});

test('a pattern has a handle for each path that fits, and throws for others', () => {
  const { log, table, calls } = make();
  const pattern = nodePattern('Players/*', table, calls, METHODS);
  pattern.at('Players/7').die.rpc();
  expect(log).toEqual([['Players/7', true, 'die', 0, []]]);
  for (const path of ['Players', 'Players/', 'Players/..', 'Players/7/Gun', 'Enemies/7']) {
    expect(() => pattern.at(path)).toThrow(TypeError);
  }
});
