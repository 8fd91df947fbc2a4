import sparticuz from '@sparticuz/chromium';
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

let launching: Promise<Browser> | null = null;

/** A page in a Chromium that comes from npm: nothing is installed, nothing downloaded. One browser serves a test file. */
export async function newPage(): Promise<Page> {
  launching ??= sparticuz.executablePath().then((executablePath) => chromium.launch({ executablePath, args: ARGS }));
  const browser = await launching;
  return browser.newPage();
}

export async function closeBrowser(): Promise<void> {
  const browser = await launching;
  launching = null;
  await browser?.close();
}
