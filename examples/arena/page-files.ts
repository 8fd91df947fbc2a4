import { readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { lookUp } from './look-up.js';

/** The locations of the page's parts; folders end with a slash. */
export interface PageSources {
  /** index.html and style.css. */
  readonly assets: URL;
  /** What tsc made of examples/arena: page/*.js, the modules that it shares with the server, and the duel's workers. */
  readonly scripts: URL;
  /** The library's browser build, one module. */
  readonly library: URL;
  /** uPlot's `dist` folder. */
  readonly plots: URL;
}

interface File {
  readonly type: string;
  readonly bytes: Uint8Array;
}

const HTML = 'text/html; charset=utf-8';
const CSS = 'text/css; charset=utf-8';
const SCRIPT = 'text/javascript; charset=utf-8';

/** The page's files, in memory. Only files in the table are served, so no path can reach another file. */
export class PageFiles {
  /** The folder of the duel's workers. They are not served. */
  readonly workers: URL;
  readonly #files = new Map<string, File>();

  constructor({ assets, scripts, library, plots }: PageSources) {
    this.workers = new URL('duel/', scripts);
    this.#add('/', HTML, new URL('index.html', assets));
    this.#add('/style.css', CSS, new URL('style.css', assets));
    this.#add('/tickpeer.js', SCRIPT, library);
    this.#add('/uplot.js', SCRIPT, new URL('uPlot.esm.js', plots));
    this.#add('/uplot.css', CSS, new URL('uPlot.min.css', plots));
    for (const name of ['wire.js', 'controls.js', 'duel/wire.js'])
      this.#add(`/${name}`, SCRIPT, new URL(name, scripts));
    for (const name of readdirSync(new URL('page/', scripts))) {
      if (name.endsWith('.js')) this.#add(`/page/${name}`, SCRIPT, new URL(`page/${name}`, scripts));
    }
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    const file = lookUp(this.#files, request, response);
    if (file === null) return;
    response.writeHead(200, {
      'Content-Type': file.type,
      'Content-Length': file.bytes.length,
      'Cache-Control': 'no-cache',
      'X-Content-Type-Options': 'nosniff',
    });
    response.end(file.bytes);
  }

  #add(path: string, type: string, source: URL): void {
    this.#files.set(path, { type, bytes: readFileSync(source) });
  }
}
