import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const css = readFileSync(new URL('../../examples/arena/page/style.css', import.meta.url), 'utf8');

/** The style sheet's colours, for light; with those of dark over them, for dark. */
function colours(scheme: string): Map<string, string> {
  const [light = '', dark = ''] = css.split('@media (prefers-color-scheme: dark)');
  const text = scheme === 'light' ? light : light + dark;
  return new Map([...text.matchAll(/--([a-z-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name!, value!]));
}

/** WCAG 2.2: relative luminance. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((value) => (value <= 0.040_45 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

test.each(['light', 'dark'])('text and controls have enough contrast: %s', (scheme) => {
  const all = colours(scheme);
  const failures: string[] = [];
  const check = (ink: string, ground: string, least: number): void => {
    const found = contrast(all.get(ink)!, all.get(ground)!);
    if (!(found >= least)) failures.push(`${ink} on ${ground}: ${found.toFixed(2)}, not ${least}`);
  };
  for (const ground of ['ground', 'surface']) {
    for (const ink of ['ink', 'faint-ink', 'out', 'good', 'warn', 'bad']) check(ink, ground, 4.5);
    for (const mark of ['control', 'in', 'late']) check(mark, ground, 3);
  }
  check('ground', 'ink', 4.5); // the view that is shown, in the navigation
  check('on-out', 'out', 4.5);
  expect(failures).toEqual([]);
});
