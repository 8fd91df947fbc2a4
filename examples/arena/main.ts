// What `npm start` runs: the arena, a page to look at and to play in. With `--once`, it checks that all is well instead.
//
//   npm start                      npm start -- --once                      npm start -- --port 8000 --host 0.0.0.0
import { parseArgs } from 'node:util';
import { checkChat } from '../chat/self-check.js';
import { stopOnSignal } from '../stop-on-signal.js';
import { Arena } from './arena.js';
import { DEFAULT_SETTINGS, RANGES } from './controls.js';
import { PageFiles } from './page-files.js';
import { checkArena } from './self-check.js';

const { values } = parseArgs({
  options: {
    once: { type: 'boolean', default: false },
    port: { type: 'string', default: '9080' },
    host: { type: 'string', default: '127.0.0.1' },
    bots: { type: 'string', default: String(DEFAULT_SETTINGS.bots) },
  },
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
  const arena = new Arena(files, { bots: numberOf('bots', RANGES.bots) });
  const url = await listen(arena, numberOf('port', [0, 65_535]));
  console.log(url);
  console.log('Open it in a browser, and in a second one. Every dot in the field is a WebSocket connection.');
  console.log(
    'Ctrl+C closes the arena. (npm start -- --once checks the library instead; npm run example -- chat is a chat.)',
  );
  stopOnSignal(() => arena.stop());
}

/** An option that is a whole number in a range. */
function numberOf(name: 'bots' | 'port', [least, most]: readonly [number, number]): number {
  const text = values[name];
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  console.error(`--${name} is a whole number from ${least} to ${most}, not "${text}".`);
  process.exit(2);
}

/** The port asked for, or a free one if that is taken. */
async function listen(arena: Arena, wanted: number): Promise<string> {
  const { host } = values;
  const port = await arena.listen(wanted, host).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE') return arena.listen(0, host);
    console.error(`Cannot listen on port ${wanted} of ${host}: ${error.message}`);
    process.exit(1);
  });
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}/`;
}

async function check(): Promise<void> {
  const arena = new Arena(files, { bots: 20 });
  try {
    await checkChat();
    await checkArena(await listen(arena, 0));
    console.log('The self-check passed.');
  } catch (error) {
    console.error(`The self-check failed: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
  await arena.stop();
}
