import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import sirv from 'sirv';

/** A directory behind HTTP or HTTPS. */
export interface SiteOptions {
  /** Null serves no files. */
  readonly directory: string | null;
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
  const files = options.directory === null ? null : sirv(options.directory, { dev: true, etag: true, setHeaders });
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
      end(response, 405, 'Only GET and HEAD are served here.\n');
    } else if (files === null) end(response, 426, 'This server has WebSockets and no files.\n');
    else if (isHidden(request)) end(response, 404, 'Hidden files are not served.\n');
    else files(request, response, () => end(response, 404, `There is no file for ${path(request)}.\n`));
  };
  return options.tls === null ? createHttpServer(answer) : createHttpsServer(options.tls, answer);
}

/** A Godot export's package has no registered media type. */
function setHeaders(response: ServerResponse, pathname: string): void {
  if (pathname.endsWith('.pck')) response.setHeader('Content-Type', 'application/octet-stream');
  response.setHeader('Cache-Control', 'no-cache');
}

function end(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.end(text);
}

function path(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0] ?? '/';
}

/** Whether a part of the path begins with a dot: `.git`, `.env`, and what leads out of the directory. */
function isHidden(request: IncomingMessage): boolean {
  try {
    return decodeURIComponent(path(request))
      .split(/[\\/]/)
      .some((part) => part.startsWith('.') && part !== '.well-known');
  } catch {
    return true; // not UTF-8 behind its percent signs: no file has this name
  }
}
