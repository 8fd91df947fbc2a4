import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type DefaultTheme, defineConfig, type UserConfig } from 'vitepress';
import { referenceSidebars } from './reference-sidebar.ts';
import { anchorOf, REWRITES, useSiteLinks } from './site-links.ts';

const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const manifest: { version: string; repository: { url: string } } = JSON.parse(
  readFileSync(path('package.json'), 'utf8'),
);
const address = manifest.repository.url.replace(/^git\+|\.git$/g, '');

/** A group of the sidebar. `pages`: title and address. */
function group(text: string, pages: Readonly<Record<string, string>>): DefaultTheme.SidebarItem {
  return { text, items: Object.entries(pages).map(([title, link]) => ({ text: title, link })) };
}

const MAIN = [
  group('Start', {
    'I have a Godot game': '/start/godot-game',
    'I have a TypeScript game loop': '/start/game-loop',
    'I write bots and tools': '/start/bots-and-tools',
    'The examples': '/start/examples',
  }),
  group('Guides', {
    Polling: '/polling',
    'A server for a Godot game': '/godot-server',
    'Spawners and synchronizers': '/replication',
    Rooms: '/rooms',
    'Rooms in several processes': '/scaling',
    'Tabs that sleep': '/sleeping-tabs',
    'Players who come back': '/returning',
    'HTTP servers and origins': '/http-servers',
    TLS: '/tls',
    Compression: '/compression',
    'Proxies and redirects': '/proxies',
    Variants: '/variant',
    'Testing your game': '/testing',
    'The protocol without sockets': '/protocol',
    'The command line': '/command-line',
    'The inspector': '/inspector',
    Platforms: '/platforms',
  }),
  group('Recipes', {
    'All recipes': '/recipes/',
    'Cookie authentication': '/recipes/cookie-authentication',
    Reconnecting: '/recipes/reconnecting',
    Rooms: '/recipes/rooms',
    'Bots with percentiles': '/recipes/bots',
    'TLS with reload': '/recipes/tls-reload',
    'Behind Cloudflare': '/recipes/cloudflare',
    'Docker and systemd': '/recipes/docker-and-systemd',
    Prometheus: '/recipes/prometheus',
    'A health answer': '/recipes/health',
    'Testing a game': '/recipes/testing-a-game',
    'A version check': '/recipes/version-check',
    'Saving and restoring': '/recipes/saving-and-restoring',
  }),
  group('Moving', {
    'From ws': '/moving/from-ws',
    'From socket.io': '/moving/from-socket-io',
    'From Colyseus': '/moving/from-colyseus',
  }),
];

const ENGINE = [
  group('Engine', {
    Overview: '/engine/',
    'Differences from the engine': '/differences',
    WebSocketPeer: '/engine/websocket-peer',
    'Multiplayer on the wire': '/engine/multiplayer-wire',
    'The Variant format': '/engine/variant-format',
    'Streams, TLS, keys': '/engine/streams',
    'Error codes': '/engine/error-codes',
  }),
  group('tickpeer itself', {
    'Design decisions': '/design',
    Architecture: '/architecture',
    Conformance: '/conformance',
  }),
];

const OPERATING = [
  group('Operating', {
    'Deploying: behind a gateway': '/deploying',
    Limits: '/limits',
    'Logs, events and metrics': '/observing',
    Security: '/operating/security',
    Failures: '/failures',
  }),
  group('What to expect', {
    Performance: '/performance',
    Reliability: '/reliability',
  }),
];

/** The sidebar of each page in `groups`, for pages that are beside those of other parts in docs/. */
function sidebarsFor(groups: DefaultTheme.SidebarItem[]): [string, DefaultTheme.SidebarItem[]][] {
  return groups.flatMap(({ items = [] }) => items.map(({ link = '' }) => [link, groups]));
}

const config: UserConfig<DefaultTheme.Config> = defineConfig({
  title: 'tickpeer',
  description: 'A WebSocket peer for TypeScript that you poll, and Godot 4’s multiplayer protocol.',
  lang: 'en',
  outDir: path('build/docs'),
  cacheDir: path('build/docs-cache'),
  cleanUrls: true,
  rewrites: { ...REWRITES },
  metaChunk: true,
  vite: { build: { chunkSizeWarningLimit: 4000 } }, // the search index
  markdown: {
    // Both have enough contrast on the theme's backgrounds (test/site/).
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-default' },
    anchor: { slugify: anchorOf },
    headers: { slugify: anchorOf },
    toc: { slugify: anchorOf },
    languageAlias: { haproxy: 'nginx', caddyfile: 'nginx' },
    // The notations of docs/engine, without colours.
    languages: ['bytes', 'session'].map((name) => ({
      name,
      scopeName: `source.${name}`,
      patterns: [],
      repository: {},
    })),
    config: (md) => useSiteLinks(md, address),
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Start', link: '/', activeMatch: '^/(start/|$)' },
      { text: 'Guides', link: '/polling', activeMatch: pattern(MAIN.slice(1)) },
      { text: 'Reference', link: '/reference/', activeMatch: '^/reference/' },
      { text: 'Engine', link: '/engine/', activeMatch: pattern(ENGINE) },
      { text: 'Operating', link: '/deploying', activeMatch: pattern(OPERATING) },
      { text: `v${manifest.version}`, link: `${address}/blob/main/CHANGELOG.md` },
    ],
    sidebar: {
      ...Object.fromEntries([...sidebarsFor(ENGINE), ...sidebarsFor(OPERATING)]),
      ...referenceSidebars(),
      '/': MAIN,
    },
    docFooter: { prev: 'Before', next: 'Next' },
  },
});

function pattern(groups: DefaultTheme.SidebarItem[]): string {
  return `^(${sidebarsFor(groups)
    .map(([link]) => link)
    .join('|')})$`;
}

export default config;
