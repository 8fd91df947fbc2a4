import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { RawEnd } from '../../../test/support/raw-tcp.ts';
import { until } from '../../../test/support/until.ts';
import { ErrorCode } from '../../error-code.ts';
import type { StreamSink } from '../../stream/index.ts';
import { VirtualClock, VirtualNetwork, type VirtualStream } from '../../testing/index.ts';
import { WebSocketPeer, type WebSocketServerOptions } from '../index.ts';
import { WebSocketServer } from '../server/websocket-server.ts';

const ACCEPTABLE =
  'Host: game.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n';
const REQUEST = `GET / HTTP/1.1\r\n${ACCEPTABLE}\r\n`;
/** A Close with 1000, masked with zeros. */
const CLOSE = Uint8Array.of(0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8);

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The client's end of a connection to a server on a virtual network: what came, and whether it is over. */
class Client implements StreamSink {
  readonly stream: VirtualStream;
  text = '';
  isOver = false;

  constructor(stream: VirtualStream) {
    this.stream = stream;
    stream.setSink(this);
  }

  get status(): number {
    return Number(/^HTTP\/1\.1 (\d{3}) /.exec(this.text)?.[1] ?? 0);
  }

  onStreamOpen(): void {}
  onStreamDrain(): void {}
  onStreamData(chunk: Uint8Array): void {
    this.text += String.fromCharCode(...chunk);
  }
  onStreamEnd(): void {
    this.isOver = true;
  }
  onStreamFailure(): void {
    this.isOver = true;
  }
}

/** A server on a virtual network. */
class Scene {
  readonly clock = new VirtualClock();
  readonly network = new VirtualNetwork({ clock: this.clock, latency: 5 });
  readonly server: WebSocketServer;
  /** The server's ends, in the order in which they came. */
  readonly open: VirtualStream[] = [];

  constructor(options: WebSocketServerOptions = {}) {
    this.server = new WebSocketServer({ ...options, clock: this.clock });
    onTestFinished(() => this.server[Symbol.dispose]());
  }

  /** A client that has connected, and sends `request` once its end is open. */
  join(request = ''): Client {
    const [near, far] = this.network.connect().ends;
    const client = new Client(near);
    this.open.push(far);
    expect(this.server.acceptStream(far)).toBe(ErrorCode.OK);
    this.clock.advance(0);
    if (request !== '') near.write(bytes(request));
    return client;
  }

  joinMany(count: number, request = ''): Client[] {
    return Array.from({ length: count }, () => this.join(request));
  }

  /** Time passes, and the server is polled once, at its end. */
  pass(milliseconds: number): void {
    this.clock.advance(milliseconds);
    this.server.poll();
  }

  statuses(clients: readonly Client[]): number[] {
    return clients.map(({ status }) => status);
  }
}

describe('maxPendingHandshakes', () => {
  test('counts clients that have not sent their request, and drops the oldest of them', () => {
    const scene = new Scene({ maxPendingHandshakes: 2 });
    const clients = scene.joinMany(2);
    scene.pass(20);
    expect(scene.statuses(clients)).toEqual([0, 0]);
    clients.push(scene.join());
    scene.pass(20);
    expect(scene.statuses(clients)).toEqual([503, 0, 0]);
  });

  test('does not count those that have opened, also before a poll has shown it', () => {
    const scene = new Scene({ maxPendingHandshakes: 2 });
    const clients: Client[] = [];
    for (let count = 0; count < 20; count++) {
      clients.push(scene.join(REQUEST));
      scene.clock.advance(20);
    }
    scene.server.poll();
    expect(new Set(scene.statuses(clients))).toEqual(new Set([101]));
    expect(scene.server.getPeerCount()).toBe(20);
    expect(clients.some(({ isOver }) => isOver)).toBe(false);
  });

  test('does not count those that were refused or have left, also before a poll has shown it', () => {
    const scene = new Scene({ maxPendingHandshakes: 2 });
    const patient = scene.joinMany(2, 'GET / HTTP/1.1\r\n');
    for (let count = 0; count < 20; count++) {
      scene.join('nonsense\r\n\r\n');
      scene.clock.advance(20);
      scene.join().stream.reset();
      scene.clock.advance(20);
    }
    // Each of the silent ones took the place of the oldest, before it went: not of one that came after it.
    for (const { stream } of patient) stream.write(bytes(`${ACCEPTABLE}\r\n`));
    scene.pass(20);
    expect(scene.statuses(patient)).toEqual([503, 101]);
  });

  test('does not count requests that wait for the program', () => {
    const scene = new Scene({ maxPendingHandshakes: 1, manualHandshake: true });
    const clients = scene.joinMany(1, REQUEST);
    for (let count = 0; count < 5; count++) {
      scene.pass(20);
      clients.push(scene.join(REQUEST));
    }
    scene.pass(20);
    expect(scene.server.getPendingCount()).toBe(6);
    while (scene.server.isRequestAvailable()) expect(scene.server.takeRequest()?.accept()).toBe(ErrorCode.OK);
    scene.pass(20);
    expect(new Set(scene.statuses(clients))).toEqual(new Set([101]));
  });

  test('3,900 garbage requests a second, polled five times a second, do not displace 30 honest clients', () => {
    const scene = new Scene();
    const honest: Client[] = [];
    for (let tick = 0; tick < 10; tick++) {
      for (let part = 0; part < 3; part++) {
        honest.push(scene.join(REQUEST));
        scene.joinMany(260, 'garbage\r\n\r\n');
        scene.clock.advance(66);
      }
      scene.server.poll();
    }
    scene.pass(100);
    expect(new Set(scene.statuses(honest))).toEqual(new Set([101]));
    expect(scene.server.getPeerCount()).toBe(30);
    expect(honest.some(({ isOver }) => isOver)).toBe(false);
  });
});

/** Clients on loopback that have sent a request. */
function rush(port: number, count: number, request: string): { sockets: Socket[]; statuses: number[]; closed: number } {
  const result = { sockets: [] as Socket[], statuses: [] as number[], closed: 0 };
  for (let index = 0; index < count; index++) {
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    socket.on('error', () => {});
    socket.once('data', (data) => result.statuses.push(Number(`${data}`.slice(9, 12))));
    socket.on('close', () => result.closed++);
    result.sockets.push(socket);
  }
  onTestFinished(() => {
    for (const socket of result.sockets) socket.destroy();
  });
  return result;
}

describe.each(['attach', 'listen'])('many honest clients at once, by %s', (way) => {
  test('all stay, also when the server is polled rarely', async () => {
    const server = new WebSocketServer({ maxPendingHandshakes: 50, backlog: 1000 });
    onTestFinished(() => server[Symbol.dispose]());
    const http = createServer();
    onTestFinished(() => void http.close());
    let port = 0;
    if (way === 'attach') {
      server.attach(http);
      await new Promise<void>((resolve) => void http.listen(0, '127.0.0.1', resolve));
      port = (http.address() as AddressInfo).port;
    } else {
      server.listen(0, '127.0.0.1');
      port = server.getLocalPort();
    }
    const clients = rush(port, 300, REQUEST);
    let turns = 0;
    await until(() => {
      if (++turns % 50 === 0) server.poll();
      return server.getPeerCount() === 300;
    }, 20_000);
    expect(clients.closed).toBe(0);
    await until(() => clients.statuses.length === 300, 20_000);
    expect(new Set(clients.statuses)).toEqual(new Set([101]));
  }, 60_000);
});

describe('maxConnections', () => {
  test('silent clients do not count: one below, on and above the limit of accepted clients', () => {
    const scene = new Scene({ maxConnections: 3 });
    scene.joinMany(50);
    scene.pass(20);
    const clients = scene.joinMany(4, REQUEST);
    scene.pass(20);
    expect(scene.statuses(clients)).toEqual([101, 101, 101, 503]);
    expect(scene.server.getPeerCount()).toBe(3);
  });

  test('a client that is refused later, or leaves before the program decides, frees its place at once', () => {
    const scene = new Scene({ maxConnections: 1, supportedProtocols: ['game'] });
    const speaks = (protocol: string): string =>
      `GET / HTTP/1.1\r\n${ACCEPTABLE}Sec-WebSocket-Protocol: ${protocol}\r\n\r\n`;
    const stranger = scene.join(speaks('other'));
    scene.clock.advance(20);
    const player = scene.join(speaks('game'));
    scene.pass(20);
    expect(scene.statuses([stranger, player])).toEqual([400, 101]);

    const manual = new Scene({ maxConnections: 1, manualHandshake: true });
    const gone = manual.join(REQUEST);
    manual.clock.advance(20);
    gone.stream.reset();
    manual.clock.advance(20);
    const next = manual.join(REQUEST);
    manual.pass(20);
    expect(manual.server.takeRequest()?.accept()).toBe(ErrorCode.OK);
    manual.pass(20);
    expect(next.status).toBe(101);
  });

  test('clients that have closed and do not end TCP count, and are dropped for a new one', () => {
    const scene = new Scene({ maxConnections: 2 });
    const [first, second] = scene.joinMany(2, REQUEST);
    scene.pass(20);
    for (const peer of scene.server.getPeers()) peer.close();
    scene.pass(20);
    for (const client of [first, second]) client?.stream.write(CLOSE);
    scene.pass(20);
    scene.pass(20);
    expect(scene.server.getPeerCount()).toBe(0);
    const lingering = (): number => scene.open.filter((stream) => stream.isLingering).length;
    expect(lingering()).toBe(2);
    const third = scene.join(REQUEST);
    scene.pass(20);
    expect([third.status, lingering()]).toEqual([101, 1]);
  });
});

describe('manualHandshake', () => {
  /** Heads of some 15 KB, and 60 KB behind them. */
  const LARGE = `GET / HTTP/1.1\r\n${ACCEPTABLE}X-Large: ${'x'.repeat(15_000)}\r\n\r\n`;

  test.each(['reset', 'end', 'time'])('requests that have ended are removed at once: by %s', (how) => {
    const scene = new Scene({ manualHandshake: true, handshakeTimeLimit: 1 });
    const clients = scene.joinMany(3, LARGE);
    scene.pass(20);
    expect([scene.server.getPendingCount(), scene.server.isRequestAvailable()]).toEqual([3, true]);
    for (const { stream } of clients.slice(0, 2)) {
      if (how === 'reset') stream.reset();
      if (how === 'end') stream.end();
    }
    scene.pass(how === 'time' ? 985 : 20);
    // Seen 5 ms late: as long again.
    scene.pass(20);
    const left = how === 'time' ? 0 : 1;
    expect([scene.server.getPendingCount(), scene.server.isRequestAvailable()]).toEqual([left, left === 1]);
    let taken = 0;
    while (scene.server.takeRequest() !== null) taken++;
    expect(taken).toBe(left);
  });

  test('maxPendingRequests: one below, on and above it', () => {
    const scene = new Scene({ manualHandshake: true, maxPendingRequests: 2 });
    const clients = scene.joinMany(3, REQUEST);
    scene.pass(20);
    expect(scene.statuses(clients)).toEqual([0, 0, 503]);
    expect(scene.server.getPendingCount()).toBe(2);
    expect(scene.server.takeRequest()?.accept()).toBe(ErrorCode.OK);
    const next = scene.join(REQUEST);
    scene.pass(20);
    expect([clients[0]?.status, next.status]).toEqual([101, 0]);
    expect(scene.server.getPendingCount()).toBe(2);
  });

  test('their requests take at most 16 MiB', () => {
    const scene = new Scene({ manualHandshake: true });
    const size = LARGE.length;
    const most = Math.floor(2 ** 24 / size);
    const clients = scene.joinMany(most + 1, LARGE);
    scene.pass(50);
    expect(clients.filter(({ status }) => status === 503)).toHaveLength(1);
    expect(scene.server.getPendingCount()).toBe(most);
    clients[0]?.stream.reset();
    scene.pass(20);
    scene.join(LARGE);
    scene.pass(50);
    expect(scene.server.getPendingCount()).toBe(most);
  });

  test('the bytes after them are at most 4 MiB: a client that sends more is refused', () => {
    const scene = new Scene({ manualHandshake: true });
    const clients = scene.joinMany(129, REQUEST);
    scene.pass(20);
    // Half of what is read of one client: 128 of them make 4 MiB.
    for (const { stream } of clients) stream.write(new Uint8Array(32_768));
    scene.pass(50);
    expect(clients.filter(({ status }) => status === 503)).toHaveLength(1);
    expect(scene.server.getPendingCount()).toBe(128);
    const honest = scene.join(REQUEST);
    scene.pass(20);
    expect([honest.status, scene.server.getPendingCount()]).toEqual([0, 129]);
  });
});

describe('refused clients that do not end TCP', () => {
  test('maxRefusedClients: one below, on and above it; the oldest is dropped first', () => {
    const scene = new Scene({ maxRefusedClients: 2 });
    const clients: Client[] = [];
    const lingering = (): boolean[] => scene.open.map((stream) => stream.isLingering);
    for (let count = 0; count < 3; count++) {
      clients.push(scene.join('garbage\r\n\r\n'));
      scene.pass(20);
      if (count === 1) expect(lingering()).toEqual([true, true]);
    }
    expect(lingering()).toEqual([false, true, true]);
    expect(scene.statuses(clients)).toEqual([400, 400, 400]);
    scene.pass(2000);
    expect(lingering()).toEqual([false, false, false]);
  });

  test('on loopback, of 200 clients at most maxRefusedClients sockets stay', async () => {
    const server = new WebSocketServer({ maxConnections: 1, maxRefusedClients: 20, path: '/game' });
    onTestFinished(() => server[Symbol.dispose]());
    server.listen(0, '127.0.0.1');
    const clients = rush(server.getLocalPort(), 200, REQUEST);
    await until(() => {
      server.poll();
      return clients.statuses.length === 200;
    }, 20_000);
    expect(new Set(clients.statuses)).toEqual(new Set([404]));
  });
});

describe('maxConnectionsPerAddress', () => {
  function listen(options: WebSocketServerOptions): WebSocketServer {
    const server = new WebSocketServer(options);
    onTestFinished(() => server[Symbol.dispose]());
    expect(server.listen(0, '127.0.0.1')).toBe(ErrorCode.OK);
    return server;
  }

  async function dial(server: WebSocketServer, localAddress: string, text = ''): Promise<RawEnd> {
    const raw = new RawEnd(connect({ port: server.getLocalPort(), host: '127.0.0.1', localAddress }));
    await until(() => {
      server.poll();
      return !raw.socket.connecting;
    });
    if (text !== '') raw.socket.write(text);
    return raw;
  }

  async function poll(server: WebSocketServer, condition: () => boolean): Promise<void> {
    await until(() => {
      server.poll();
      return condition();
    });
  }

  test('silent clients count at once: the oldest of the address is dropped, and no other address is affected', async () => {
    const server = listen({ maxConnectionsPerAddress: 2, maxConnections: 5 });
    const other = await dial(server, '127.0.0.2');
    await poll(server, () => server.getPendingCount() === 1);
    const silent: RawEnd[] = [];
    for (let count = 0; count < 4; count++) {
      silent.push(await dial(server, '127.0.0.1'));
      await poll(server, () => server.getPendingCount() === Math.min(count + 2, 3));
      if (count >= 2) await poll(server, () => silent[count - 2]?.status === 429);
    }
    expect(silent.map(({ status }) => status)).toEqual([429, 429, 0, 0]);
    expect([other.status, other.hasEnded]).toEqual([0, false]);
    // And a client that speaks gets in.
    const honest = await dial(server, '127.0.0.1', REQUEST);
    await poll(server, () => honest.status !== 0);
    expect(honest.status).toBe(101);
  });

  test('peers that have closed and do not end TCP count, and are dropped only for a new one from their address', () => {
    const scene = new Scene({ maxConnectionsPerAddress: 2, trustedProxies: ['unix'] });
    for (const address of ['10.0.0.2', '10.0.0.1', '10.0.0.1', '10.0.0.1', '10.0.0.1']) {
      const client = scene.join(`GET / HTTP/1.1\r\nX-Forwarded-For: ${address}\r\n${ACCEPTABLE}\r\n`);
      scene.pass(20);
      expect(client.status).toBe(101);
      for (const peer of scene.server.getPeers()) peer.close();
      scene.pass(20);
      client.stream.write(CLOSE);
      scene.pass(20);
      scene.pass(20);
      expect(scene.server.getPeerCount()).toBe(0);
    }
    expect(scene.open.map((stream) => stream.isLingering)).toEqual([true, false, false, true, true]);
  });

  test('an address with the most peers gets one connection more, which is refused with 429', async () => {
    const server = listen({ maxConnectionsPerAddress: 1 });
    const first = await dial(server, '127.0.0.1', REQUEST);
    await poll(server, () => first.status === 101);
    const second = await dial(server, '127.0.0.1');
    await poll(server, () => server.getPendingCount() === 1);
    const third = await dial(server, '127.0.0.1');
    await poll(server, () => second.status === 429);
    third.socket.write(REQUEST);
    await poll(server, () => third.status === 429);
    expect(server.getPeerCount()).toBe(1);
  });

  test('connections that wait for a poll count, too: 16 more than the limit', async () => {
    const server = listen({ maxConnectionsPerAddress: 2 });
    const flood = Array.from({ length: 20 }, () => new RawEnd(connect(server.getLocalPort(), '127.0.0.1')));
    await until(() => server.getDroppedConnections() === 2);
    await until(() => flood.filter(({ isClosed }) => isClosed).length === 2);
    expect(server.getDroppedConnections()).toBe(2);
  });

  test('connections of a trusted proxy count once the client is known; IPv6 addresses count by /64', async () => {
    const server = listen({ maxConnectionsPerAddress: 1, trustedProxies: ['127.0.0.1'] });
    for (let count = 0; count < 3; count++) await dial(server, '127.0.0.1');
    await poll(server, () => server.getPendingCount() === 3);
    const from = async (address: string): Promise<number> => {
      const raw = await dial(server, '127.0.0.1', `GET / HTTP/1.1\r\n${ACCEPTABLE}X-Forwarded-For: ${address}\r\n\r\n`);
      await poll(server, () => raw.status !== 0);
      return raw.status;
    };
    const found: number[] = [];
    for (const address of ['2001:db8:1:2::1', '2001:db8:1:2:3::1', '2001:db8:1:3::1', '1.2.3.4', '::ffff:102:304']) {
      found.push(await from(address));
    }
    expect(found).toEqual([101, 429, 101, 101, 429]);
    expect(server.getPendingCount()).toBe(3);
  });
});

describe('after a stall of this process', () => {
  test('a request that arrived in time and was not read is accepted', () => {
    const scene = new Scene({ handshakeTimeLimit: 2 });
    const client = scene.join('GET / HTTP/1.1\r\n');
    for (let count = 0; count < 10; count++) scene.pass(100);
    // What is under way arrives after the poll that ends the stall.
    client.stream.change({ latency: 3005 });
    client.stream.write(bytes(`${ACCEPTABLE}\r\n`));
    scene.pass(3000);
    scene.pass(20);
    scene.pass(20);
    expect(client.status).toBe(101);
  });

  test('a missing request is too late when the delay of the poll has passed once more', () => {
    const scene = new Scene({ handshakeTimeLimit: 2 });
    const client = scene.join();
    scene.pass(1000);
    scene.pass(1500);
    expect([client.status, scene.server.getPendingCount()]).toEqual([0, 1]);
    // 2 s, seen 0.5 s late, and 0.5 s more.
    scene.pass(490);
    expect(scene.server.getPendingCount()).toBe(1);
    scene.pass(20);
    expect(scene.server.getPendingCount()).toBe(0);
    scene.pass(20);
    expect(client.status).toBe(408);
  });

  test('the same holds for a peer that is polled by hand, without a server', () => {
    const clock = new VirtualClock();
    const [near, far] = new VirtualNetwork({ clock, latency: 5 }).connect().ends;
    const client = new Client(near);
    const peer = new WebSocketPeer({ clock, handshakeTimeLimit: 2 });
    expect(peer.acceptStream(far)).toBe(ErrorCode.OK);
    const pass = (milliseconds: number): void => {
      clock.advance(milliseconds);
      peer.poll();
    };
    pass(1000);
    pass(1500);
    expect(peer.getReadyState()).toBe(WebSocketPeer.STATE_CONNECTING);
    pass(490);
    expect(peer.getReadyState()).toBe(WebSocketPeer.STATE_CONNECTING);
    pass(20);
    expect(peer.getReadyState()).toBe(WebSocketPeer.STATE_CLOSED);
    pass(20);
    expect(client.status).toBe(408);
  });

  test('the same holds for a request that waits for the program', () => {
    const scene = new Scene({ handshakeTimeLimit: 2, manualHandshake: true });
    const client = scene.join(REQUEST);
    scene.pass(20);
    scene.pass(5000);
    expect(scene.server.takeRequest()?.accept()).toBe(ErrorCode.OK);
    scene.pass(20);
    expect(client.status).toBe(101);
  });
});
