import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Access } from './access.ts';

/** Where the page has room for the nonce of the response. */
const NONCE = /%NONCE%/g;

const HEADERS = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** Serves the page, and nothing else. There is nothing secret in it: what it shows comes over the WebSocket, which needs the token. */
export class PageResponses {
  readonly #html: string;
  readonly #access: Access;

  constructor(html: string, access: Access) {
    this.#html = html;
    this.#access = access;
  }

  readonly answer = (request: IncomingMessage, response: ServerResponse): void => {
    request.resume(); // a body, which nobody reads
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    const { method, url = '', headers } = request;
    if (!this.#access.isOurHost(headers.host)) refuse(response, 403, 'The inspector is not reached by this name.');
    else if (method !== 'GET' && method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      refuse(response, 405, 'The inspector is only read.');
    } else if (url.split('?', 1)[0] !== '/')
      refuse(response, 404, 'There is nothing here. The page of the inspector is at /.');
    else this.#servePage(response);
  };

  #servePage(response: ServerResponse): void {
    const nonce = randomBytes(16).toString('base64');
    const policy = [
      "default-src 'none'",
      `script-src 'nonce-${nonce}'`,
      `style-src 'nonce-${nonce}'`,
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ];
    response.writeHead(200, {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': policy.join('; '),
    });
    response.end(this.#html.replace(NONCE, nonce));
  }
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Security-Policy': "default-src 'none'",
  });
  response.end(`${text}\n`);
}
