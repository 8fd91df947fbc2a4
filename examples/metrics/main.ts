// A simple chat in which all messages go to all clients, with metrics for Prometheus on the same port.
//
//   npm run example -- metrics                      npm run example -- metrics --port 9080
//   curl http://127.0.0.1:9080/metrics
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ErrorCode, logTo, type StopResult, WebSocketServer } from 'tickpeer';
import { readOptions, wantedPort } from '../options.js';
import { stopOnSignal } from '../stop-on-signal.js';
import { Metrics } from './metrics.js';

const values = readOptions('npm run example -- metrics [--port 9080]', { port: { type: 'string' } });
const wanted = wantedPort(values.port);

logTo(console, { level: 'warn' });

const metrics = new Metrics();
const http = createServer((request, response) => {
  const isMetrics = request.url === '/metrics';
  response.writeHead(isMetrics ? 200 : 404, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' });
  response.end(isMetrics ? metrics.toString() : 'There are /metrics, and WebSockets at /chat.\n');
});

const server = new WebSocketServer({ heartbeatInterval: 20, maxConnections: 1000 });
if (server.attach(http, { path: '/chat' }) !== ErrorCode.OK) throw new Error(server.getLastFailure()?.message);
let tellStopped: ((results: readonly StopResult[]) => void) | null = null;
const ticks = setInterval(() => {
  server.poll();
  for (const peer of server.readyPeers()) {
    for (const packet of peer.packets()) server.broadcast(server.getPeers(), packet);
  }
  const result = server.getStopResult();
  if (result === null) return;
  clearInterval(ticks);
  metrics.stop();
  http.closeAllConnections();
  tellStopped?.([result]);
}, 16);

http.once('error', ({ message }) => {
  console.error(`Cannot listen on port ${wanted.port}: ${message}`);
  process.exit(1);
});
http.listen(wanted.port, '127.0.0.1', () => {
  const { port } = http.address() as AddressInfo; // it listens on a port
  console.log(`http://127.0.0.1:${port}/metrics`);
  console.log(`To chat there:  npm run --silent example -- client ws://127.0.0.1:${port}/chat`);
});

stopOnSignal(() => {
  http.close();
  server.stop({ timeLimit: 2, reason: 'the chat closes' });
  return new Promise((resolve) => {
    tellStopped = resolve;
  });
});
