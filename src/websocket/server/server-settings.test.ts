import { createServer } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocketPeer, type WebSocketPeerOptions, WebSocketServer, type WebSocketServerOptions } from '../index.ts';

/** For every option, values of a wrong shape, and values out of range. */
const WRONG: Record<string, { readonly shapes: readonly unknown[]; readonly ranges: readonly unknown[] }> = {
  path: { shapes: [7, true, ['/game'], {}], ranges: ['game', '', '/game?x=1', '/game#top', '/a b', '/spiel/ü'] },
  healthPath: { shapes: [true, 7, ['/healthz']], ranges: ['healthz', '/healthz?x'] },
  allowedOrigins: { shapes: ['https://example.com', null, 7, [7]], ranges: [['example.com']] },
  allowedHosts: { shapes: ['example.com', null, 7, [7]], ranges: [[], ['https://example.com']] },
  maxConnections: { shapes: ['5', null, true], ranges: [0, -1, 1.5, Number.NaN] },
  maxConnectionsPerAddress: { shapes: ['5', null, true], ranges: [0, -1, 1.5, Number.NaN] },
  maxPendingHandshakes: { shapes: ['5', null, true], ranges: [0, -1, 1.5, Number.NaN] },
  maxPendingRequests: { shapes: ['5', null, true], ranges: [0, -1, 1.5, Number.NaN] },
  maxRefusedClients: { shapes: ['5', null, true], ranges: [-1, 1.5, Number.NaN] },
  maxWaitingConnections: { shapes: ['5', null, true], ranges: [-1, 1.5, Number.NaN] },
  backlog: { shapes: ['5', null, true], ranges: [0, 1.5, Number.NaN, Number.POSITIVE_INFINITY] },
  trustedProxies: { shapes: ['unix', null, 7, [7]], ranges: [['localhost'], ['10.0.0.0/33']] },
  manualHandshake: { shapes: [1, 'yes', null, () => true], ranges: [] },
  clock: { shapes: [null, 7, {}, { now: () => 0 }, () => 0], ranges: [] },
};

/** Those of every peer. */
const WRONG_OF_PEERS: typeof WRONG = {
  clock: WRONG['clock']!,
  handshakeHeaders: { shapes: ['X: 1', { X: '1' }, null, [7]], ranges: [] },
  supportedProtocols: { shapes: ['chat', null, [7]], ranges: [] },
  inboundBufferSize: { shapes: ['5', null], ranges: [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY] },
  outboundBufferSize: { shapes: ['5', null], ranges: [1.5, Number.NaN, Number.POSITIVE_INFINITY] },
  maxQueuedPackets: { shapes: ['5', null], ranges: [0, 1.5, Number.NaN] },
  arrivalBufferSize: { shapes: ['5', null], ranges: [-1, 1.5] },
  heartbeatInterval: { shapes: ['5', null], ranges: [-1, Number.NaN] },
  pongTimeLimit: { shapes: ['5', null], ranges: [-1, Number.NaN] },
  connectTimeLimit: { shapes: ['5', null], ranges: [0, Number.NaN] },
  handshakeTimeLimit: { shapes: ['5', null], ranges: [0, Number.NaN] },
  closeTimeLimit: { shapes: ['5', null], ranges: [0, Number.NaN] },
  maxHandshakeSize: { shapes: ['5', null], ranges: [0, 1.5] },
  maxHandshakeHeaders: { shapes: ['5', null], ranges: [0, 1.5] },
  maxFragments: { shapes: ['5', null], ranges: [0, 1.5] },
  fragmentSize: { shapes: ['5', null], ranges: [-1, 1.5] },
  packetsShareMemory: { shapes: [1, 'yes', null], ranges: [] },
  http2: { shapes: [1, 'yes', null], ranges: [] },
  compression: {
    shapes: ['yes', 7, { serverNoContextTakeover: 1 }, { clientNoContextTakeover: 'no' }],
    ranges: [{ level: 10 }, { threshold: -1 }],
  },
  proxy: { shapes: [7, true], ranges: ['http://'] },
  maxRedirects: { shapes: ['5', null], ranges: [-1, 21, 1.5] },
};

function list(wrong: typeof WRONG): [string, unknown, typeof TypeError | typeof RangeError][] {
  return Object.entries(wrong).flatMap(([name, { shapes, ranges }]) => [
    ...shapes.map((value): [string, unknown, typeof TypeError] => [name, value, TypeError]),
    ...ranges.map((value): [string, unknown, typeof RangeError] => [name, value, RangeError]),
  ]);
}

describe('options are checked when they are set', () => {
  test.each(list({ ...WRONG_OF_PEERS, ...WRONG }))('a server: %s: %j', (name, value, error) => {
    const make = () => new WebSocketServer({ [name]: value } as WebSocketServerOptions);
    expect(make).toThrow(error);
    expect(make).toThrow(name);
  });

  test.each(list(WRONG_OF_PEERS))('a peer: %s: %j', (name, value, error) => {
    const make = () => new WebSocketPeer({ [name]: value } as WebSocketPeerOptions);
    expect(make).toThrow(error);
    expect(make).toThrow(name);
  });

  test('undefined is the default, and limits may be Infinity', () => {
    const names = Object.keys({ ...WRONG_OF_PEERS, ...WRONG });
    const options = Object.fromEntries(names.map((name) => [name, undefined])) as WebSocketServerOptions;
    expect(() => new WebSocketServer(options)).not.toThrow();
    const none = Number.POSITIVE_INFINITY;
    const limits = { maxPendingHandshakes: none, maxPendingRequests: none, maxRefusedClients: none };
    const others = { maxConnections: none, maxConnectionsPerAddress: none, maxWaitingConnections: none };
    expect(() => new WebSocketServer({ ...limits, ...others })).not.toThrow();
  });

  test('of attach and stop', () => {
    const server = new WebSocketServer();
    onTestFinished(() => server[Symbol.dispose]());
    const http = createServer();
    expect(() => server.attach(http, { path: 'game' })).toThrow(RangeError);
    expect(() => server.attach(http, { path: 7 as unknown as string })).toThrow(TypeError);
    expect(() => server.stop({ timeLimit: '5' as unknown as number })).toThrow(TypeError);
    expect(() => server.stop({ timeLimit: -1 })).toThrow(RangeError);
    expect(() => server.stop({ code: 1006 })).toThrow(RangeError);
    expect(() => server.stop({ reason: 7 as unknown as string })).toThrow(TypeError);
  });
});
