import { describe, expect, test } from 'vitest';
import { RpcTable } from './rpc-table.ts';

const SCRIPT = { isNodeLevel: false };
const NODE = { isNodeLevel: true };

interface Method {
  readonly isNodeLevel: boolean;
}

function table(script: readonly string[], node: readonly string[] = []): RpcTable<Method> {
  const methods: Record<string, Method> = {};
  for (const name of script) methods[name] = SCRIPT;
  for (const name of node) methods[name] = NODE;
  return new RpcTable(methods);
}

test('methods are numbered from 0 in the order of their names, those of the node by themselves', () => {
  const methods = table(['b', 'a', 'B', 'aa'], ['z', 'y']);
  expect(methods.scriptNames).toEqual(['B', 'a', 'aa', 'b']);
  expect(methods.nodeNames).toEqual(['y', 'z']);
  expect([0, 1, 2, 3, 4].map((id) => methods.byId(id)?.name)).toEqual(['B', 'a', 'aa', 'b', undefined]);
  expect([0x7fff, 0x8000, 0x8001, 0x8002].map((id) => methods.byId(id)?.name)).toEqual([
    undefined,
    'y',
    'z',
    undefined,
  ]);
  expect([methods.byName('aa'), methods.byName('y'), methods.byName('toString')]).toEqual([
    { id: 2, name: 'aa', method: SCRIPT },
    { id: 0x8000, name: 'y', method: NODE },
    undefined,
  ]);
});

test('names are compared by code points, not by UTF-16 units', () => {
  expect(table(['\u{10000}', '\uff00', 'a']).scriptNames).toEqual(['a', '\uff00', '\u{10000}']);
});

test.each([
  [[], [], 'd41d8cd98f00b204e9800998ecf8427e'], // RFC 1321 A.5: ""
  [['abc'], [], '900150983cd24fb0d6963f7d28e17f72'], // "abc"
  [['c', 'b'], ['a'], '900150983cd24fb0d6963f7d28e17f72'],
  [['a'], ['c', 'b'], 'b64eab8ce39e013604e243089c687e4f'], // "bca"
])(
  'the checksum of the script’s %j and the node’s %j is that of the names, the node’s first',
  (script, node, expected) => {
    const { md5 } = table(script, node);
    expect(md5).toBe(expected);
  },
);

describe('the message for another checksum', () => {
  test('has both lists and both checksums', () => {
    const methods = table(['b'], ['a']);
    const message = methods.explain('f00');
    expect(message).toBe(
      `here it has the script methods [b] and the node methods [a], checksum ${methods.md5}; there the checksum is f00.`,
    );
  });

  test('names the one method that the other side lacks, or that it has none', () => {
    const methods = table(['a', 'b', 'c']);
    expect(methods.explain(table(['a', 'c']).md5)).toMatch(/ The other side lacks "b"\.$/);
    expect(methods.explain(table([]).md5)).toMatch(/ The other side has no RPC methods on it\.$/);
    expect(methods.explain(table(['a']).md5)).not.toContain('The other side');
    expect(table(['a']).explain(table([]).md5)).toMatch(/ The other side has no RPC methods on it\.$/);
  });

  test.each([
    [256, true],
    [257, false],
  ])('with %i methods finds the missing one: %s', (count, isFound) => {
    const names = Array.from({ length: count }, (_, index) => `m${index}`);
    const message = table(names).explain(table(names.slice(1)).md5);
    expect(message.includes('lacks "m0"')).toBe(isFound);
  });
});
