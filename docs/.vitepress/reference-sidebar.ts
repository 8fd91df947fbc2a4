import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { DefaultTheme } from 'vitepress';

type Item = DefaultTheme.SidebarItem;

const folder = fileURLToPath(new URL('../reference/tickpeer', import.meta.url));

/** TypeDoc's folder for each kind of export, in the sidebar's order. */
const KINDS: readonly (readonly [folder: string, title: string])[] = [
  ['classes', 'Classes'],
  ['functions', 'Functions'],
  ['variables', 'Values'],
  ['enumerations', 'Enumerations'],
  ['interfaces', 'Interfaces'],
  ['type-aliases', 'Types'],
];

const OVERVIEW: Item = { text: 'Overview', link: '/reference/' };

/** The pages that scripts/reference.mjs has written: a sidebar for each sub-path, which also lists the other ones. */
export function referenceSidebars(): Record<string, Item[]> {
  if (!existsSync(folder)) throw new Error('docs/reference is missing: node scripts/reference.mjs');
  const subPaths = readdirSync(folder).filter((name) => existsSync(`${folder}/${name}/index.md`));
  const places = ['', ...subPaths.sort().map((name) => `/${name}`)];
  const top = places.map((place) => ({ text: `tickpeer${place}`, link: `/reference/tickpeer${place}/` }));
  const sidebars = places.map((open) => {
    const items = top.map((item, index) => (places[index] === open ? { ...item, items: kindsOf(open) } : item));
    return [`/reference/tickpeer${open}/`, [OVERVIEW, ...items]] as const;
  });
  return { '/reference/': [OVERVIEW, ...top], ...Object.fromEntries(sidebars) };
}

function kindsOf(place: string): Item[] {
  return KINDS.flatMap(([kind, title]) => {
    const names = namesIn(`${folder}${place}/${kind}`);
    const items = names.map((name) => ({ text: name, link: `/reference/tickpeer${place}/${kind}/${name}` }));
    return items.length === 0 ? [] : [{ text: title, items }];
  });
}

function namesIn(path: string): string[] {
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .map((name) => name.replace(/\.md$/, ''))
    .sort((a, b) => a.localeCompare(b));
}
