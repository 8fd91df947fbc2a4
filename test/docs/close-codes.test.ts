import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CloseCode, isCloseCodeOnWire, isSendableCloseCode } from '../../src/protocol/close-code.ts';

const CONFORMANCE = readFileSync(new URL('../../docs/conformance.md', import.meta.url), 'utf8');

/** The codes in `1000 to 1003, 1007 to 1014 and 3000 to 4999`, also written with hyphens. */
function codesIn(text: string): Set<number> {
  const codes = new Set<number>();
  for (const [, first, last = first] of text.matchAll(/(\d{4})(?:(?: to |-)(\d{4}))?/g)) {
    for (let code = Number(first); code <= Number(last); code++) codes.add(code);
  }
  return codes;
}

const [, accepted = '', refused = ''] =
  /\*\*Close codes\*\* (.*?) are accepted.*?All others, (.*?) among them/s.exec(CONFORMANCE) ?? [];

test('docs/conformance.md lists the close codes that are accepted and can be sent', () => {
  const documented = codesIn(accepted);
  expect(documented.size).toBeGreaterThan(2000);
  for (let code = 0; code <= 0xffff; code++) {
    expect(isCloseCodeOnWire(code), `${code}`).toBe(documented.has(code));
    expect(isSendableCloseCode(code), `${code}`).toBe(documented.has(code));
  }
});

test('docs/conformance.md lists the close codes that are refused', () => {
  const documented = codesIn(refused);
  for (let code = 1000; code < 3000; code++) expect(documented.has(code), `${code}`).toBe(!isCloseCodeOnWire(code));
});

test('every named code below 3000 is in one of the two lists', () => {
  const documented = new Set([...codesIn(accepted), ...codesIn(refused)]);
  const named = Object.values(CloseCode).filter((code) => typeof code === 'number');
  expect(named.length).toBeGreaterThan(10);
  for (const code of named) expect(documented).toContain(code);
});

test('every named code has its meaning in the source, which says whether it is ever on the wire', () => {
  const source = readFileSync(new URL('../../src/protocol/close-code.ts', import.meta.url), 'utf8');
  const members = [...source.matchAll(/^ {2}\/\*\* (.*) \*\/\n {2}(\w+) = (\d+),$/gm)];
  const named = Object.values(CloseCode).filter((code) => typeof code === 'number');
  expect(members.map(([, , , code]) => Number(code))).toEqual(named);
  for (const [, meaning, name, code] of members) {
    expect(isCloseCodeOnWire(Number(code)), name).toBe(!meaning?.startsWith('Never on the wire'));
  }
});

test('a code that is not an integer cannot be sent', () => {
  for (const code of [1000.5, 3000.5, Number.NaN, Number.POSITIVE_INFINITY])
    expect(isSendableCloseCode(code)).toBe(false);
});
