import type { IncomingMessage, ServerResponse } from 'node:http';

/** The requested file; or null after a response: 405 for other methods than GET and HEAD, 404 for unknown paths. */
export function lookUp<File>(
  files: ReadonlyMap<string, File>,
  { method, url = '' }: IncomingMessage,
  response: ServerResponse,
): File | null {
  if (method !== 'GET' && method !== 'HEAD') {
    response.writeHead(405, { Allow: 'GET, HEAD' }).end();
    return null;
  }
  const file = files.get(url.split('?', 1)[0] ?? '');
  if (file !== undefined) return file;
  response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' }).end('There is nothing here.\n');
  return null;
}
