/**
 * A program of `node:cluster` for hand-over.test.ts: each worker is a node with a front, whose server says to each client which worker it
 * is, and sends back what it gets. A request for `/N` belongs to worker N. The primary process tells its parent the ports, and what the fronts count.
 */
import cluster from 'node:cluster';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Front } from '../../src/cluster/routing/front.ts';
import { handOverBetweenWorkers } from '../../src/cluster/routing/hand-over-primary.ts';
import type { Route } from '../../src/cluster/routing/route.ts';
import { WebSocketServer } from '../../src/websocket/index.ts';

const WORKERS = 2;

if (cluster.isPrimary) primary();
else worker(cluster.worker?.id ?? 0);

function primary(): void {
  if (process.argv.includes('hand-over')) handOverBetweenWorkers();
  const ports: number[] = [];
  cluster.on('message', (from, message: { readonly port?: number; readonly statistics?: unknown }) => {
    if (message.port !== undefined) ports[from.id] = message.port;
    if (message.port !== undefined && ports.filter((port) => port > 0).length === WORKERS) process.send?.({ ports });
    if (message.statistics !== undefined) process.send?.({ worker: from.id, statistics: message.statistics });
  });
  for (let id = 1; id <= WORKERS; id++) cluster.fork();
  process.on('message', (message) => {
    for (const each of Object.values(cluster.workers ?? {})) each?.send(message as object);
  });
  let exited = 0;
  cluster.on('exit', () => {
    if (++exited === WORKERS) process.exit();
  });
}

function worker(id: number): void {
  const sockets = new WebSocketServer();
  const http = createServer();
  /** For a tunnel, the URL has the node's port. */
  const findRoute = ({ url = '' }: { url?: string | undefined }): Route => {
    const [, owner = '', port = ''] = /^\/(\d+)(?:\?port=(\d+))?/.exec(url) ?? [];
    return Number(owner) === id ? { to: 'here' } : { to: 'node', id: owner, host: '127.0.0.1', port: Number(port) };
  };
  const front = new Front(sockets, findRoute, { workerOf: (node) => Number(node) });
  front.attach(http);
  http.listen({ port: 0, host: '127.0.0.1', exclusive: true }, () => {
    process.send?.({ port: (http.address() as AddressInfo).port });
  });
  const timer = setInterval(() => {
    front.poll();
    sockets.poll();
    for (let peer = sockets.takePeer(); peer !== null; peer = sockets.takePeer()) {
      peer.sendText(
        `worker ${id}: ${sockets.getClientAddress(peer)} ${peer.getConnectedPort()} ${peer.getRequestedUrl()}`,
      );
    }
    for (const peer of sockets.readyPeers()) for (const packet of peer.packets()) peer.send(packet);
  }, 5);
  process.on('message', (message) => {
    if (message === 'statistics') process.send?.({ statistics: front.statistics });
    if (message !== 'stop') return;
    clearInterval(timer);
    front.close();
    sockets[Symbol.dispose]();
    // Waits for the connections, also for those that this server has accepted and given away.
    http.close(() => process.exit());
  });
}
