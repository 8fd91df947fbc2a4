import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseScript } from './script/script-parser.ts';
import { SyntaxFault } from './text/syntax-fault.ts';
import { parseTextFile } from './text/text-file.ts';

const read = (path: string): string => readFileSync(new URL(`../../../examples/${path}`, import.meta.url), 'utf8');
const SCENES = ['snowball-fight/game/player.tscn', 'snowball-fight/game/project.godot'].map(read);
const SCRIPTS = ['snowball-fight/game/main.gd', 'snowball-fight/game/player.gd'].map(read);
const PIECES = [
  '"',
  "'''",
  '[',
  ']',
  '(',
  ')',
  '{',
  '\\',
  '\n',
  '\r',
  '\t',
  '&',
  '$',
  '%',
  '@rpc(',
  ';',
  '#',
  '=',
  ',',
  '1e',
  '\u0000',
  '\ud800',
  '\u2028',
];

/** Numbers from 0 to 1, the same in each run. */
function* numbers(): Generator<number, never> {
  for (let state = 7; ; ) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    yield state / 0x80000000;
  }
}

const random = numbers();
const below = (limit: number): number => Math.floor(random.next().value * limit);

/** Cuts, doubles and inserts at random places. */
function mutate(text: string): string {
  let changed = text;
  for (let times = 1 + below(4); times > 0; times--) {
    const at = below(changed.length);
    const length = below(60);
    const piece = [PIECES[below(PIECES.length)]!, '', changed.slice(at, at + length)][below(3)]!;
    changed = changed.slice(0, at) + piece + changed.slice(at + below(2) * length);
  }
  return changed;
}

test.each([
  ['scenes', SCENES, parseTextFile],
  ['scripts', SCRIPTS, (text: string) => parseScript('res://a.gd', text)],
] as const)('%s that are broken anywhere are read, or refused with a line of theirs', (_, texts, parse) => {
  let refused = 0;
  for (let round = 0; round < 600; round++) {
    const text = mutate(texts[round % texts.length]!);
    try {
      parse(text);
    } catch (error) {
      if (!(error instanceof SyntaxFault)) throw error;
      refused++;
      expect(error.line).toBeGreaterThanOrEqual(1);
      expect(error.line).toBeLessThanOrEqual(text.split('\n').length);
    }
  }
  expect(refused).toBeGreaterThan(20);
});

test('a scene of five megabytes is read, with all of its nodes', () => {
  const node = (at: number): string =>
    `[node name="N${at}" type="Node2D" parent="."]\nposition = Vector2(${at}, 1)\nvalues = PackedFloat32Array(1, 2, 3, 4, 5, 6, 7)\n\n`;
  const text = `[gd_scene format=3]\n${Array.from({ length: 45_000 }, (_, at) => node(at)).join('')}`;
  expect(text.length).toBeGreaterThan(5_000_000);
  expect(parseTextFile(text)).toHaveLength(45_002);
});

test('brackets, escapes and line ends without an end take no time and no stack', () => {
  for (const piece of ['(', '[', '{', '"\\', '\\\n', '$', '%a', '@', 'Array[', '((((,']) {
    parseOrRefuse(() => parseScript('res://a.gd', `extends Node\n@rpc func a(${piece.repeat(100_000)}`));
    parseOrRefuse(() => parseTextFile(`[node a=${piece.repeat(100_000)}`));
  }
});

function parseOrRefuse(parse: () => unknown): void {
  try {
    parse();
  } catch (error) {
    expect(error).toBeInstanceOf(SyntaxFault);
  }
}
