import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** The members of `FailureCode`, under the comment above each group of them. */
function groupsInSource(): Map<string, string[]> {
  const [, union = ''] = /export type FailureCode =\n(.*?);/s.exec(read('src/failure.ts')) ?? [];
  const groups = new Map<string, string[]>();
  let group: string[] = [];
  for (const line of union.split('\n')) {
    const [, comment, code] = /^ {2}(?:\/\/ (.*)|\| '(\w+)')$/.exec(line) ?? [];
    if (comment !== undefined) {
      group = [];
      groups.set(comment, group);
    } else if (code !== undefined) {
      group.push(code);
    } else {
      throw new Error(`neither a comment nor a code: ${line}`);
    }
  }
  return groups;
}

const GROUPS = groupsInSource();
const CODES = [...GROUPS.values()].flat();
const ROWS = [...read('docs/failures.md').matchAll(/^\| `(TICKPEER_\w+)` \| .* \| ([^|]+) \|$/gm)];
const DOCUMENTED = ROWS.map(([, code = '']) => code);

test('docs/failures.md has a row for every failure code, and for no other', () => {
  expect(CODES.length).toBeGreaterThan(60);
  expect(DOCUMENTED.toSorted()).toEqual(CODES.toSorted());
});

test('no code is in two groups, and no group is empty', () => {
  expect(new Set(CODES).size).toBe(CODES.length);
  for (const [group, codes] of GROUPS) expect(codes, group).not.toEqual([]);
});

test('docs/failures.md keeps the groups of the union together, in its order', () => {
  const order = [...GROUPS.keys()];
  const groupOf = (code: string): number => order.findIndex((group) => GROUPS.get(group)?.includes(code));
  const groups = DOCUMENTED.map(groupOf);
  expect(groups).toEqual(groups.toSorted((a, b) => a - b));
});

test('every row says on which side the cause lies', () => {
  const sides = new Set(ROWS.map(([, , side = '']) => side));
  expect([...sides].toSorted()).toEqual([
    'both',
    'the network',
    'the other side',
    'the proxy',
    'the server, the other side',
    'you',
  ]);
});
