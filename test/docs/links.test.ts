import { existsSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { expect, test } from 'vitest';
import { addressOf, siteLink } from '../../docs/.vitepress/site-links.ts';
import { allPages, Page } from './pages.ts';

const ROOT = new URL('../../', import.meta.url);
const PAGES = new Map(allPages().map((page) => [page.path, page]));

function anchorsOf(path: string): ReadonlySet<string> {
  return (PAGES.get(path) ?? new Page(path)).anchors;
}

test('every link of every document leads to a file, and to a heading in it', () => {
  expect(PAGES.size).toBeGreaterThan(45);
  const faults: string[] = [];
  let count = 0;
  for (const page of PAGES.values()) {
    for (const link of page.links) {
      // The site's own addresses, in the home page: scripts/check-site.mjs.
      if (link.startsWith('/')) continue;
      count++;
      const [path = '', anchor = ''] = link.split('#');
      const target = path === '' ? page.path : posix.join(posix.dirname(page.path), path);
      if (!existsSync(new URL(target, ROOT))) faults.push(`${page.path}: ${link}: there is no such file`);
      else if (anchor !== '' && !anchorsOf(target).has(anchor)) faults.push(`${page.path}: ${link}: no such heading`);
    }
  }
  expect(count).toBeGreaterThan(300);
  expect(faults).toEqual([]);
});

test('every page of the site stands in one of its sidebars', () => {
  // scripts/check-site.mjs finds the same in the built site, which takes minutes to build.
  const config = readFileSync(new URL('docs/.vitepress/config.ts', ROOT), 'utf8');
  const pages = [...PAGES.keys()].filter((path) => path.startsWith('docs/')).map((path) => addressOf(path.slice(5)));
  expect(pages).toContain('/polling');
  const missing = pages.filter((page) => page !== '/' && !config.includes(`'${page}'`));
  expect(missing).toEqual([]);
});

test('the site’s links: pages by their address, other files in the repository', () => {
  const address = 'https://code.test/tickpeer';
  expect([
    siteLink('tls.md', 'proxies.md#redirects', address),
    siteLink('recipes/rooms.md', '../godot-server.md', address),
    siteLink('design.md', 'engine/README.md', address),
    siteLink('observing.md', '../examples/metrics', address),
    siteLink('limits.md', '#time', address),
    siteLink('limits.md', 'https://example.com/a', address),
  ]).toEqual([
    '/proxies.md#redirects',
    '/godot-server.md',
    '/engine/index.md',
    `${address}/blob/main/examples/metrics`,
    '#time',
    'https://example.com/a',
  ]);
  expect(() => siteLink('tls.md', 'nothing.md', address)).toThrow('docs/tls.md links to nothing.md');
});
