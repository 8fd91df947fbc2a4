import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { byteRange } from './byte-range.ts';
import { mediaTypeOf } from './media-type.ts';
import { type FoundFile, findFile } from './site-file.ts';

/** A directory behind HTTP or HTTPS. */
export interface SiteOptions {
  readonly directory: string;
  /** PEM; null for plain HTTP. */
  readonly tls: { readonly key: string; readonly cert: string } | null;
  /** Whether pages get SharedArrayBuffer, which Godot's web exports with threads need. */
  readonly isIsolated: boolean;
  /** Called when a response is complete. */
  readonly onRequest: (request: IncomingMessage, response: ServerResponse) => void;
}

/** Pages with these two may share memory between threads. */
const ISOLATION: readonly (readonly [string, string])[] = [
  ['Cross-Origin-Opener-Policy', 'same-origin'],
  ['Cross-Origin-Embedder-Policy', 'require-corp'],
];

/** A server that does not listen yet. Files are read anew for each request, and browsers ask again: it is for development. */
export function siteServer(options: SiteOptions): Server {
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    response.on('close', () => options.onRequest(request, response));
    response.setHeader('X-Content-Type-Options', 'nosniff');
    if (options.isIsolated) {
      for (const [name, value] of ISOLATION) response.setHeader(name, value);
      // Allows pages of other origins that are isolated, too, to load these files.
      response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      end(response, 405, 'Only GET and HEAD are served here.');
      return;
    }
    // No request may end the server: what cannot be answered any more ends its own connection.
    serve(options.directory, request, response).catch(() => response.destroy());
  };
  return options.tls === null ? createHttpServer(answer) : createHttpsServer(options.tls, answer);
}

async function serve(directory: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const found = await findFile(directory, request.url ?? '/');
  if (found.kind === 'refused') {
    end(response, found.status, found.text);
  } else if (found.kind === 'moved') {
    const [, query = ''] = /^[^?]*(\?[^#]*)/.exec(request.url ?? '') ?? [];
    response.setHeader('Location', `${found.location}${query}`);
    end(response, 307, `It is at ${found.location}.`);
  } else {
    try {
      await send(found, request, response);
    } finally {
      await found.handle.close();
    }
  }
}

async function send(
  { handle, path, size, changed }: FoundFile,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const etag = `"${size.toString(16)}-${Math.round(changed.getTime() * 1000).toString(16)}"`;
  response.setHeader('ETag', etag);
  response.setHeader('Last-Modified', changed.toUTCString());
  response.setHeader('Cache-Control', 'no-cache');
  response.setHeader('Accept-Ranges', 'bytes');
  if (isUnchanged(request, etag, changed)) {
    response.writeHead(304).end();
    return;
  }
  const whole = { start: 0, end: size - 1 };
  const range = isOfThisFile(request, etag, changed) ? byteRange(request.headers.range, size) : null;
  if (range === 'unsatisfiable') {
    response.setHeader('Content-Range', `bytes */${size}`);
    end(response, 416, `It has ${size} bytes.`);
    return;
  }
  const { start, end: last } = range ?? whole;
  if (range !== null) response.setHeader('Content-Range', `bytes ${start}-${last}/${size}`);
  response.setHeader('Content-Type', mediaTypeOf(path));
  response.setHeader('Content-Length', last - start + 1);
  response.writeHead(range === null ? 200 : 206);
  if (request.method === 'HEAD' || size === 0) response.end();
  else await pipeline(handle.createReadStream({ start, end: last, autoClose: false }), response);
}

/** RFC 9110 13.2.2: the date counts only without an entity tag. */
function isUnchanged({ headers }: IncomingMessage, etag: string, changed: Date): boolean {
  const tags = headers['if-none-match'];
  if (tags !== undefined) return tags.split(',').some((tag) => ['*', etag, `W/${etag}`].includes(tag.trim()));
  const since = Date.parse(headers['if-modified-since'] ?? '');
  return since >= Math.floor(changed.getTime() / 1000) * 1000;
}

/** Whether `If-Range` allows a part: the rest of another file does not belong to what the client has. */
function isOfThisFile({ headers }: IncomingMessage, etag: string, changed: Date): boolean {
  const condition = headers['if-range'];
  return condition === undefined || condition === etag || condition === changed.toUTCString();
}

/** `text`: one line. Control characters of a path do no harm in plain text. */
function end(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.end(`${text}\n`);
}
