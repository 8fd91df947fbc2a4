import { expect, test } from 'vitest';
import { RpcHandlerError } from './rpc-handler-error.ts';
import { rpc } from './rpc-method.ts';
import type { RpcEntry } from './rpc-table.ts';
import { RunningCall } from './running-call.ts';

function entryOf(handler: (from: number) => void): RpcEntry<ReturnType<typeof rpc.anyPeer>> {
  return { id: 0, name: 'hit', method: rpc.anyPeer([], handler) };
}

test('the sender and the path are those of the running handler, and afterwards the previous ones', () => {
  const running = new RunningCall(() => {});
  const seen: unknown[] = [];
  const inner = entryOf(() => seen.push([running.senderId, running.path]));
  running.as(9, () => {
    running.run(
      2,
      'A',
      entryOf((from) => {
        running.run(3, 'B', inner, []);
        seen.push([from, running.senderId, running.path]);
      }),
      [2],
    );
    seen.push([running.senderId, running.path]);
  });
  expect(seen).toEqual([
    [3, 'B'],
    [2, 2, 'A'],
    [9, ''],
  ]);
  expect(running.senderId).toBe(0);
});

test('a handler that throws is reported, and the error names the call', () => {
  const reported: unknown[] = [];
  const running = new RunningCall((...report) => reported.push(report));
  const cause = new Error('no');
  const throwing = entryOf(() => {
    throw cause;
  });
  expect(() => running.run(2, 'A', throwing, [])).toThrow(RpcHandlerError);
  expect(reported).toEqual([[2, 'A', 'hit', cause]]);
  expect([running.senderId, running.path]).toEqual([0, '']);
});
