import { createHash, createPublicKey } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpServer, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { PemPair } from '../journey/journey-server.ts';

/** A web site on loopback. */
export interface Site {
  /** `http://127.0.0.1:…` or `https://…`, without a slash. */
  readonly origin: string;
  stop(): void;
}

/** `files` by their paths; a `.js` is a module, anything else is HTML. With `identity` the site is https. */
export async function startSite(files: Readonly<Record<string, string>>, identity?: PemPair): Promise<Site> {
  const answer = (path: string, response: ServerResponse): void => {
    const text = files[path];
    const type = path.endsWith('.js') ? 'text/javascript' : 'text/html';
    response.writeHead(text === undefined ? 404 : 200, { 'Content-Type': `${type}; charset=utf-8` }).end(text ?? '');
  };
  const server: Server =
    identity === undefined
      ? createHttpServer((request, response) => answer(request.url ?? '/', response))
      : createHttpsServer({ key: identity.key, cert: identity.certificate }, (request, response) =>
          answer(request.url ?? '/', response),
        );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo; // an address of a TCP server is always an object
  return {
    origin: `${identity === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Makes Chromium trust certificates of this key only, whatever they contain. */
export function trustArgument({ certificate }: PemPair): string {
  const publicKey = createPublicKey(certificate).export({ type: 'spki', format: 'der' });
  const digest = createHash('sha256').update(publicKey).digest('base64');
  return `--ignore-certificate-errors-spki-list=${digest}`;
}
