import { expect, test } from 'vitest';
import { checksumFailure, MethodDifferences } from './method-differences.ts';
import type { AnyMethod, DeclaredNode } from './node-registry.ts';
import { RpcTable } from './rpc-table.ts';

const players = new RpcTable<AnyMethod>({});
const doors = new RpcTable<AnyMethod>({});
const node = (path: string, table: DeclaredNode['table'] = players): DeclaredNode => ({ path, table });

test('a declaration differs while any of its paths does', () => {
  const differences = new MethodDifferences();
  expect([differences.isEmpty, differences.has(players)]).toEqual([true, false]);
  for (const path of ['P/1', 'P/2', 'P/1']) differences.add(node(path));
  expect([differences.has(players), differences.has(doors), differences.isEmpty]).toEqual([true, false, false]);
  differences.remove(node('P/1'));
  expect(differences.has(players)).toBe(true);
  differences.remove(node('P/3'));
  differences.remove(node('P/2', doors));
  expect(differences.has(players)).toBe(true);
  differences.remove(node('P/2'));
  expect([differences.has(players), differences.isEmpty]).toEqual([false, true]);
});

test('a difference without a stored path lasts', () => {
  const differences = new MethodDifferences();
  differences.add(node('P/1'));
  differences.addWithoutPath(node('P/1'));
  differences.remove(node('P/1'));
  expect([differences.has(players), differences.isEmpty]).toEqual([true, false]);
});

test('a path that is forgotten keeps its declaration different, and leaves others alone', () => {
  const differences = new MethodDifferences();
  differences.add(node('P/1'));
  differences.add(node('D/1', doors));
  differences.forgetPath('P/1');
  differences.forgetPath('P/9');
  differences.remove(node('P/1'));
  differences.remove(node('D/1', doors));
  expect([differences.has(players), differences.has(doors)]).toEqual([true, false]);
});

test('the failure has the message', () => {
  expect(checksumFailure('why')).toEqual({ code: 'TICKPEER_RPC_CHECKSUM', message: 'why' });
});
