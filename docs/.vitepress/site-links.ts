import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MarkdownRenderer } from 'vitepress';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Pages that have another address than their file. */
export const REWRITES: Readonly<Record<string, string>> = {
  'start/home.md': 'index.md',
  'engine/README.md': 'engine/index.md',
  'recipes/README.md': 'recipes/index.md',
};

/** GitHub's anchors, so that a link works in the repository, in the package and on the site. */
export function anchorOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

/** The address of a document on the site: `/polling` of `polling.md`, `/engine/` of `engine/README.md`. */
export function addressOf(document: string): string {
  return `/${(REWRITES[document] ?? document).replace(/\.md$/, '').replace(/(^|\/)index$/, '$1')}`;
}

/**
 * Where a link of a document leads on the site: to another page, or to a file of the repository at `address`. `document`
 * is the path of its file, relative to docs/.
 */
export function siteLink(document: string, link: string, address: string): string {
  if (link.startsWith('#') || link.startsWith('/') || /^[a-z]+:/.test(link)) return link;
  const [path = '', anchor = ''] = link.split(/(?=#)/);
  const target = posix.join('docs', posix.dirname(document), path);
  if (!existsSync(root + target)) throw new Error(`docs/${document} links to ${link}, which does not exist`);
  if (!target.startsWith('docs/')) return `${address}/blob/main/${target}${anchor}`;
  const page = target.slice('docs/'.length).replace(/\/$/, '/README.md');
  return `/${REWRITES[page] ?? page}${anchor}`;
}

/** Makes VitePress resolve links as GitHub does: relative to the file, also for pages that have another address. */
export function useSiteLinks(md: MarkdownRenderer, address: string): void {
  md.core.ruler.push('site-links', ({ tokens, env }) => {
    const { path, realPath = path }: { path?: string; realPath?: string } = env;
    if (realPath === undefined) return; // a heading, for the page's title
    const document = posix.relative(`${root}docs`, realPath);
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const link = token.type === 'link_open' ? token.attrGet('href') : null;
      if (link !== null) token.attrSet('href', siteLink(document, link, address));
    }
  });
}
