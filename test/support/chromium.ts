import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sparticuz, { inflate } from '@sparticuz/chromium';
import { type Browser, chromium, type Page } from 'playwright-core';

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** By their arguments. */
const launching = new Map<string, Promise<Browser>>();

/**
 * A page in a Chromium that comes from npm: nothing is installed, nothing downloaded. One browser serves a test file, or
 * one for each kind of `args`, which come on top of the usual ones.
 */
export async function newPage(args: readonly string[] = []): Promise<Page> {
  const key = args.join(' ');
  const running = launching.get(key) ?? launch(args);
  launching.set(key, running);
  return (await running).newPage();
}

export async function closeBrowser(): Promise<void> {
  const browsers = [...launching.values()];
  launching.clear();
  await Promise.all(browsers.map(async (browser) => (await browser).close()));
}

async function launch(args: readonly string[]): Promise<Browser> {
  const place = await unpack();
  const options = { executablePath: join(place, 'chromium'), args: [...ARGS, ...args] };
  // A minimal system lacks some libraries (NSS). The package has them, but for a slightly different system.
  const env = { ...process.env, LD_LIBRARY_PATH: join(place, 'al2023/lib') };
  return chromium.launch(options).catch(() => chromium.launch({ ...options, env }));
}

/**
 * Unpacks the browser into a temporary folder and then moves it into its place. The package itself unpacks in place,
 * and a test file that runs at the same time would start an incomplete browser.
 */
async function unpack(): Promise<string> {
  const manifest = new URL('../../node_modules/@sparticuz/chromium/package.json', import.meta.url);
  const { version }: { version: string } = JSON.parse(readFileSync(manifest, 'utf8'));
  const place = join(tmpdir(), `tickpeer-chromium-${version}-libraries`);
  if (!existsSync(place)) {
    const scratch = await mkdtemp(`${place}-`);
    const before = process.env['TMPDIR'];
    process.env['TMPDIR'] = scratch;
    try {
      await sparticuz.executablePath();
      await inflate(fileURLToPath(new URL('bin/al2023.tar.br', manifest)));
    } finally {
      if (before === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = before;
    }
    // Another test file may have been first.
    await rename(scratch, place).catch(() => rm(scratch, { recursive: true }));
  }
  return place;
}
