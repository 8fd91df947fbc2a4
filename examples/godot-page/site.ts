import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import { lookUp } from '../arena/look-up.js';
import { buildPck } from './pck.js';
import { readProject } from './project-files.js';

/** The locations of the site's parts; folders end with a slash. */
export interface SiteSources {
  /** index.html, style.css and page.js. */
  readonly page: URL;
  /** The Godot project. */
  readonly project: URL;
  /** Godot's web template. If it is missing, the page says how to install it. */
  readonly engine: URL;
}

interface File {
  readonly type: string;
  readonly size: number;
  /** A file's content, or its location. */
  readonly content: Uint8Array | URL;
}

/** The page, the engine and the game. Only files in the table are served, so no path can reach another file. */
export class Site {
  /** Whether the engine is installed. */
  readonly hasEngine: boolean;
  readonly #files = new Map<string, File>();

  constructor({ page, project, engine }: SiteSources) {
    this.#add('/', 'text/html; charset=utf-8', new URL('index.html', page));
    this.#add('/style.css', 'text/css; charset=utf-8', new URL('style.css', page));
    this.#add('/page.js', 'text/javascript; charset=utf-8', new URL('page.js', page));
    this.#put('/game.pck', 'application/octet-stream', buildPck(readProject(project)));

    this.hasEngine = existsSync(new URL('index.wasm', engine));
    const sizes: Record<string, number> = { 'game.pck': this.#sizeOf('/game.pck') };
    if (this.hasEngine) {
      for (const name of ['index.js', 'index.audio.worklet.js', 'index.audio.position.worklet.js']) {
        this.#add(`/engine/${name}`, 'text/javascript; charset=utf-8', new URL(name, engine));
      }
      this.#add('/engine/index.wasm', 'application/wasm', new URL('index.wasm', engine));
      sizes['engine/index.wasm'] = this.#sizeOf('/engine/index.wasm');
    }
    const facts = { hasEngine: this.hasEngine, fileSizes: sizes };
    this.#put('/engine.json', 'application/json', Buffer.from(JSON.stringify(facts)));
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    const file = lookUp(this.#files, request, response);
    if (file === null) return;
    response.writeHead(200, {
      'Content-Type': file.type,
      'Content-Length': file.size,
      // The engine does not change, and is large.
      'Cache-Control': request.url?.startsWith('/engine/') ? 'max-age=86400' : 'no-cache',
      'X-Content-Type-Options': 'nosniff',
    });
    if (request.method === 'HEAD') response.end();
    // Closes the file if the client disconnects before the end.
    else if (file.content instanceof URL) pipeline(createReadStream(file.content), response, () => {});
    else response.end(file.content);
  }

  #sizeOf(path: string): number {
    return this.#files.get(path)?.size ?? 0;
  }

  #put(path: string, type: string, content: Uint8Array): void {
    this.#files.set(path, { type, size: content.length, content });
  }

  /** Small files are held in memory. */
  #add(path: string, type: string, source: URL): void {
    const { size } = statSync(source);
    this.#files.set(path, { type, size, content: size > 1024 * 1024 ? source : readFileSync(source) });
  }
}
