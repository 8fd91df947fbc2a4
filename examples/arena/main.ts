// The program of `npm start`: serves the arena. With `--once` it checks itself instead.
//
//   npm start                      npm start -- --inspect
//   npm start -- --once                      npm start -- --port 8000 --host 0.0.0.0
import { logTo } from 'tickpeer';
import { attachInspector } from 'tickpeer/inspector';
import { checkChat } from '../chat/self-check.js';
import { listenOn, readOptions, type WantedPort, wantedPort, wholeNumber } from '../options.js';
import { stopOnSignal } from '../stop-on-signal.js';
import { Arena } from './arena.js';
import { DEFAULT_SETTINGS, RANGES } from './controls.js';
import { PageFiles } from './page-files.js';
import { checkArena } from './self-check.js';

const USAGE = `npm start -- [--once] [--inspect] [--port 9080] [--host 127.0.0.1] [--bots ${DEFAULT_SETTINGS.bots}]`;
const values = readOptions(USAGE, {
  once: { type: 'boolean', default: false },
  inspect: { type: 'boolean', default: process.env['INSPECT'] === '1' },
  port: { type: 'string' },
  host: { type: 'string', default: '127.0.0.1' },
  bots: { type: 'string', default: String(DEFAULT_SETTINGS.bots) },
});

/** This file runs as build/examples/arena/main.js. */
const root = new URL('../../../', import.meta.url);
const files = new PageFiles({
  assets: new URL('examples/arena/page/', root),
  scripts: new URL('./', import.meta.url),
  library: new URL('dist/index.browser.js', root),
  plots: new URL('node_modules/uplot/dist/', root),
});

if (values.once) await check();
else await open();

async function open(): Promise<void> {
  logTo(console, { level: 'warn' }); // hundreds of bots connect and disconnect
  const arena = new Arena(files, { bots: wholeNumber('bots', values.bots, ...RANGES.bots) });
  const url = await listen(arena, wantedPort(values.port));
  console.log(url);
  const inspector = values.inspect ? attachInspector(arena.inspected) : null;
  if (inspector !== null) {
    console.log(
      'url' in inspector ? `The inspector of the bots: ${inspector.url}` : `No inspector: ${inspector.message}`,
    );
  }
  console.log('Open it in one or more browsers. Every dot in the field is a WebSocket connection.');
  console.log(
    'Ctrl+C stops the arena. (npm start -- --once checks the library instead; npm run example -- chat starts a chat.)',
  );
  stopOnSignal(() => {
    if (inspector !== null && 'close' in inspector) inspector.close();
    return arena.stop();
  });
}

async function listen(arena: Arena, wanted: WantedPort): Promise<string> {
  const { host } = values;
  const port = await listenOn(wanted, (number) => arena.listen(number, host));
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}/`;
}

async function check(): Promise<void> {
  const arena = new Arena(files, { bots: 20 });
  try {
    await checkChat();
    await checkArena(await listen(arena, { port: 0, isGiven: true }));
    console.log('The self-check passed.');
  } catch (error) {
    console.error(`The self-check failed: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
  await arena.stop();
}
