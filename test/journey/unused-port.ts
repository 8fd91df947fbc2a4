import { TCPServer } from 'tickpeer';

/** A port that was free a moment ago. */
export function unusedPort(): number {
  const server = new TCPServer();
  server.listen(0, '127.0.0.1');
  const port = server.getLocalPort();
  server.stop();
  return port;
}
