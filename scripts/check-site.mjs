// Checks build/docs, the built site: every link and anchor leads somewhere, every page stands in its own sidebar, nothing is loaded
// from another host, and every export of every sub-path has an entry in the reference. Part of `npm run docs`.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const site = join(root, 'build/docs');
const faults = [];

const files = readdirSync(site, { recursive: true, encoding: 'utf8' });
/** The HTML of each page, by its address: `/`, `/polling`, `/engine/`. */
const pages = new Map(
  files
    .filter((name) => name.endsWith('.html'))
    .map((name) => [addressOf(name), readFileSync(join(site, name), 'utf8')]),
);
const anchors = new Map(
  [...pages].map(([page, html]) => [page, new Set([...html.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => decode(id)))]),
);

checkLinks();
checkSidebars();
checkHosts();
checkExports();
if (faults.length > 0) {
  console.error(faults.join('\n'));
  process.exitCode = 1; // not exit(), which cuts off what a pipe has not taken yet
} else {
  console.log(
    `${pages.size} pages: their links and anchors lead somewhere, all are in a sidebar, and nothing is loaded from another host`,
  );
}

function addressOf(name) {
  return `/${name.replace(/(^|\/)index\.html$/, '$1').replace(/\.html$/, '')}`;
}

function checkLinks() {
  for (const [page, html] of pages) {
    for (const [, kind, text] of html.matchAll(/\s(href|src)="([^"]*)"/g)) {
      const link = decode(text);
      if (/^(https?|mailto|data):/.test(link)) continue;
      const { pathname, hash } = new URL(link, `http://site${page}`);
      const target = decodeURI(pathname);
      const anchor = decodeURIComponent(hash.slice(1));
      if (!pages.has(target)) {
        const file = join(site, target);
        if (existsSync(file) && statSync(file).isFile()) continue;
        faults.push(`${page}: ${kind} ${link}: there is no such page or file`);
      } else if (anchor !== '' && !anchors.get(target).has(anchor)) {
        faults.push(`${page}: ${kind} ${link}: there is no such heading`);
      }
    }
  }
}

/** A page that its sidebar lacks is found by nobody. The home page has no sidebar. */
function checkSidebars() {
  for (const [page, html] of pages) {
    if (page === '/' || page === '/404') continue;
    const [, sidebar = ''] = /<aside class="VPSidebar.*?>(.*?)<\/aside>/s.exec(html) ?? [];
    const links = [...sidebar.matchAll(/\shref="([^"]*)"/g)].map(([, link]) => decode(link));
    if (!links.includes(page)) faults.push(`${page}: its sidebar has ${links.length} links, and none to it`);
  }
}

/** Links may lead to other hosts; scripts, styles, fonts and pictures may not come from them. */
function checkHosts() {
  const loaded =
    /<(?:script|img|source|iframe|video)\b[^>]*\ssrc(?:set)?="https?:[^"]*"|<link\b[^>]*\shref="https?:[^"]*"/g;
  for (const [page, html] of pages) for (const [tag] of html.matchAll(loaded)) faults.push(`${page}: ${tag}`);
  for (const name of files.filter((file) => file.endsWith('.css'))) {
    const css = readFileSync(join(site, name), 'utf8');
    for (const [rule] of css.matchAll(/(?:@import\s*|url\()\s*["']?(?:https?:)?\/\/[^)"']*/g))
      faults.push(`${name}: ${rule}`);
  }
}

/** Compares the reference with the reports of the public surface, which a test keeps up to date. */
function checkExports() {
  const folder = join(root, 'test/house/surface');
  for (const report of readdirSync(folder)) {
    const subPath = report.replace(/\.d\.ts\.txt$/, '').replace('-', '/');
    const page = posix.join('/reference', subPath, '/');
    const [own] = readFileSync(join(folder, report), 'utf8').split('// Behind these, and not to be imported');
    const names = [
      ...own.matchAll(
        /^export (?:declare )?(?:abstract )?(?:class|interface|type|enum|const|function) (\w+)|^\/\/ as (\w+)$/gm,
      ),
    ];
    const html = pages.get(page) ?? '';
    if (names.length === 0) faults.push(`${report}: no names`);
    for (const [, name, alias] of names) {
      if (!new RegExp(`>${alias ?? name}<`).test(html)) faults.push(`${page} lacks ${alias ?? name}`);
    }
  }
}

function decode(text) {
  return text
    .replaceAll('&amp;', '&')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>');
}
