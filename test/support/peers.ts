import {
  ErrorCode,
  type Failure,
  StreamPeerTLS,
  TCPServer,
  type TLSOptions,
  WebSocketPeer,
  type WebSocketPeerOptions,
  WebSocketServer,
  type WebSocketServerOptions,
} from 'tickpeer';
import { onTestFinished } from 'vitest';
import { until } from './until.ts';

export interface Pollable {
  poll(): unknown;
}

/**
 * A program's loop: polls everything once per turn of the event loop until `condition` holds. Throws after `timeLimit`
 * milliseconds. Nothing sleeps.
 */
export async function drive(
  pollables: Pollable | readonly Pollable[],
  condition: () => boolean,
  timeLimit = 5000,
): Promise<void> {
  const all = 'poll' in pollables ? [pollables] : pollables;
  await until(() => {
    for (const pollable of all) pollable.poll();
    return condition();
  }, timeLimit);
}

/** A peer that is dropped when the test ends. */
export function newPeer(options: WebSocketPeerOptions = {}): WebSocketPeer {
  const peer = new WebSocketPeer(options);
  onTestFinished(() => peer.close(-1));
  return peer;
}

/** A client that is connecting. */
export function dialPeer(url: string, options: WebSocketPeerOptions = {}): WebSocketPeer {
  const peer = newPeer(options);
  const result = peer.connectToUrl(url);
  if (result !== ErrorCode.OK) throw new Error(`connectToUrl: ${ErrorCode[result]}: ${explain(peer)}`);
  return peer;
}

/** A client that is OPEN; `others` are polled with it. */
export async function openPeer(
  url: string,
  options: WebSocketPeerOptions = {},
  others: readonly Pollable[] = [],
): Promise<WebSocketPeer> {
  const peer = dialPeer(url, options);
  await drive([peer, ...others], () => peer.getReadyState() !== WebSocketPeer.STATE_CONNECTING);
  if (!isOpen(peer)) throw new Error(`not OPEN: ${explain(peer)}`);
  return peer;
}

export function isOpen(peer: WebSocketPeer): boolean {
  return peer.getReadyState() === WebSocketPeer.STATE_OPEN;
}

export function isClosed(peer: WebSocketPeer): boolean {
  return peer.getReadyState() === WebSocketPeer.STATE_CLOSED;
}

/** How a peer's connection ended, in one value to compare. */
export function ending(peer: WebSocketPeer): { code: number; reason: string; failure: string | null } {
  return {
    code: peer.getCloseCode(),
    reason: peer.getCloseReason(),
    failure: peer.getLastFailure()?.code ?? null,
  };
}

function explain(peer: WebSocketPeer): string {
  const failure: Failure | null = peer.getLastFailure();
  return failure === null ? 'no failure' : `${failure.code}: ${failure.message}`;
}

/** A tickpeer server, in one of its two forms. */
export interface OurServer extends Pollable {
  readonly port: number;
  /** The peers that have opened, in order. */
  readonly peers: WebSocketPeer[];
}

export interface Where {
  readonly address?: string;
  /** Default: 0. */
  readonly port?: number;
  readonly tls?: TLSOptions;
}

export type Serve = (options?: WebSocketPeerOptions, where?: Where) => OurServer;

/** `WebSocketServer`, which polls its peers itself. */
export function serve(
  options: WebSocketServerOptions = {},
  where: Where = {},
): OurServer & { server: WebSocketServer } {
  const server = new WebSocketServer(options);
  onTestFinished(() => server[Symbol.dispose]());
  const result = server.listen(where.port ?? 0, where.address ?? '127.0.0.1', where.tls ?? null);
  if (result !== ErrorCode.OK) throw new Error(`listen: ${ErrorCode[result]}: ${server.getLastFailure()?.message}`);
  const peers: WebSocketPeer[] = [];
  return {
    server,
    port: server.getLocalPort(),
    peers,
    poll() {
      server.poll();
      for (let peer = server.takePeer(); peer !== null; peer = server.takePeer()) peers.push(peer);
    },
  };
}

/** `TCPServer`, `StreamPeerTLS` and `acceptStream`, as in the class reference's samples. */
export function serveByHand(
  options: WebSocketPeerOptions = {},
  where: Where = {},
): OurServer & { accepted: WebSocketPeer[] } {
  const server = new TCPServer();
  onTestFinished(() => server.stop());
  const result = server.listen(0, where.address ?? '127.0.0.1');
  if (result !== ErrorCode.OK) throw new Error(`listen: ${ErrorCode[result]}: ${server.getLastFailure()?.message}`);
  const accepted: WebSocketPeer[] = [];
  const peers: WebSocketPeer[] = [];
  onTestFinished(() => {
    for (const peer of accepted) peer.close(-1);
  });
  return {
    port: server.getLocalPort(),
    accepted,
    peers,
    poll() {
      for (let tcp = server.takeConnection(); tcp !== null; tcp = server.takeConnection()) {
        const peer = new WebSocketPeer(options);
        if (where.tls === undefined) {
          peer.acceptStream(tcp);
        } else {
          const tls = new StreamPeerTLS();
          tls.acceptStream(tcp, where.tls);
          peer.acceptStream(tls);
        }
        accepted.push(peer);
      }
      for (const peer of accepted) {
        peer.poll();
        if (isOpen(peer) && !peers.includes(peer)) peers.push(peer);
      }
    },
  };
}

/** A tickpeer client and a tickpeer server's peer, both OPEN. */
export async function ourPair(
  clientOptions: WebSocketPeerOptions = {},
  serverOptions: WebSocketServerOptions = {},
): Promise<{ client: WebSocketPeer; served: WebSocketPeer; server: OurServer }> {
  const server = serve(serverOptions);
  const client = dialPeer(`ws://127.0.0.1:${server.port}/`, clientOptions);
  await drive([client, server], () => isOpen(client) && server.peers.length === 1);
  return { client, served: server.peers[0]!, server };
}

/** What a peer has received: text as a string, the rest as bytes; read in every state. */
export function readAll(peer: WebSocketPeer, into: (string | Uint8Array)[] = []): (string | Uint8Array)[] {
  into.push(...peer.packets());
  return into;
}

/** One tick of the class reference's loop, which reads only while OPEN. */
export function tickAsInReference(peer: WebSocketPeer, into: (string | Uint8Array)[]): void {
  peer.poll();
  if (peer.getReadyState() === WebSocketPeer.STATE_OPEN) {
    while (peer.getAvailablePacketCount() > 0) {
      const packet = peer.getPacket();
      into.push(peer.wasStringPacket() ? Buffer.from(packet).toString() : packet);
    }
  }
}
