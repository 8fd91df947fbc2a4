import { describe, expect, onTestFinished, test } from 'vitest';
import { CutServer } from '../../../test/support/cut.ts';
import { drive } from '../../../test/support/peers.ts';
import { ErrorCode } from '../../error-code.ts';
import { StreamPeerMemory } from '../../stream/index.ts';
import { string } from '../../variant/index.ts';
import { State, WebSocketPeer } from '../../websocket/index.ts';
import { rpc, SceneMultiplayer, WebSocketMultiplayerPeer } from '../index.ts';
import { ClientLink } from './client-link.ts';
import { withToken } from './client-links.ts';
import { ConnectionStatus } from './multiplayer-peer.ts';
import { checkReconnectOptions, type ReconnectOptions } from './reconnect-options.ts';
import { ReconnectingLink } from './reconnecting-link.ts';

/** A link to a server in memory. */
class Table {
  readonly server = new CutServer();
  readonly told: string[] = [];
  readonly dials: number[] = [];
  /** Whether nobody answers. */
  isDown = false;
  stream!: StreamPeerMemory;
  socket!: WebSocketPeer;
  readonly link: ReconnectingLink;

  constructor(options: ReconnectOptions = {}) {
    const { clock } = this.server;
    this.link = new ReconnectingLink(this.#dial(), {
      options: checkReconnectOptions({ random: () => 1, ...options })!,
      clock,
      dial: () => {
        this.dials.push(clock.now());
        return this.#dial();
      },
      link: (peer) =>
        new ClientLink(peer, 3000, clock, {
          onConnected: () => void this.told.push('+'),
          onDisconnected: (_, failure) => void this.told.push(`- ${failure?.code ?? ''}`.trim()),
        }),
      onInvalidToken: () => void this.told.push('invalid token'),
    });
  }

  #dial(): WebSocketPeer {
    const { clock, sockets } = this.server;
    const [near, far] = StreamPeerMemory.pair();
    this.stream = near;
    this.socket = new WebSocketPeer({ clock });
    this.socket.connectToStream(near, 'ws://game.example/');
    if (this.isDown) near.breakBoth();
    else sockets.acceptStream(far);
    return this.socket;
  }

  turn(milliseconds = 10): void {
    this.server.clock.advance(milliseconds);
    for (const end of [this.stream]) {
      this.server.clock.endTurn();
      end.poll();
      this.server.clock.endTurn();
    }
    this.server.multiplayer.poll();
    this.link.poll();
  }

  settle(turns = 10): void {
    for (let turn = 0; turn < turns; turn++) this.turn();
  }

  cut(): void {
    this.stream.breakBoth();
    this.turn(0);
  }

  /** Milliseconds until the next try. */
  untilTry(): number {
    const before = this.dials.length;
    const start = this.server.clock.now();
    for (let turn = 0; turn < 100_000 && this.dials.length === before; turn++) this.turn(1);
    return this.server.clock.now() - start;
  }
}

test('connects again after a cut, and is CONNECTING meanwhile', () => {
  const table = new Table();
  table.settle();
  expect([table.link.status, table.told]).toEqual([ConnectionStatus.CONNECTION_CONNECTED, ['+']]);
  table.cut();
  expect(table.link.status).toBe(ConnectionStatus.CONNECTION_CONNECTING);
  expect(table.told).toEqual(['+', '- TICKPEER_CONNECTION_RESET']);
  expect([table.link.uniqueId, table.link.packetCount]).toEqual([0, 0]);
  expect(table.untilTry()).toBe(500);
  table.settle();
  expect([table.link.status, table.told.at(-1)]).toEqual([ConnectionStatus.CONNECTION_CONNECTED, '+']);
});

test('the wait doubles up to the longest, times the random number', () => {
  const table = new Table({ firstDelay: 1, longestDelay: 5 });
  table.settle();
  table.isDown = true;
  table.cut();
  expect([1, 2, 3, 4, 5].map(() => table.untilTry())).toEqual([1000, 2000, 4000, 5000, 5000]);
  const half = new Table({ firstDelay: 1, longestDelay: 5, random: () => 0.5 });
  half.settle();
  half.isDown = true;
  half.cut();
  expect([1, 2, 3].map(() => half.untilTry())).toEqual([500, 1000, 2000]);
});

test('begins with the first wait again after a connection that has lasted', () => {
  const table = new Table({ firstDelay: 1, longestDelay: 5 });
  table.settle();
  table.cut();
  expect(table.untilTry()).toBe(1000);
  table.settle();
  table.cut();
  expect(table.untilTry()).toBe(2000);
  table.settle(600);
  table.cut();
  expect(table.untilTry()).toBe(1000);
});

test('gives up after as many tries as the option says', () => {
  const table = new Table({ tries: 2 });
  table.settle();
  table.isDown = true;
  table.cut();
  table.untilTry();
  table.untilTry();
  table.settle();
  expect(table.link.status).toBe(ConnectionStatus.CONNECTION_DISCONNECTED);
  expect(table.link.failure?.code).toBe('TICKPEER_CONNECTION_RESET');
  expect(table.dials).toHaveLength(2);
});

test('what was never connected has failed', () => {
  const table = new Table();
  table.cut();
  expect(table.link.status).toBe(ConnectionStatus.CONNECTION_DISCONNECTED);
});

describe('after a Close of the server', () => {
  test.each([
    [1000, false],
    [1001, true],
    [1011, true],
    [4000, false],
    [4401, true],
    [4403, false],
    [4412, false],
    [4413, true],
    [4503, true],
  ])('%i: tried again: %s', (code, isTried) => {
    const table = new Table();
    table.settle();
    table.server.peer.getPeer(table.link.uniqueId)?.close(code);
    table.settle();
    const { CONNECTION_CONNECTING, CONNECTION_DISCONNECTED } = ConnectionStatus;
    expect(table.link.status).toBe(isTried ? CONNECTION_CONNECTING : CONNECTION_DISCONNECTED);
    expect(table.told.includes('invalid token')).toBe(code === 4401);
  });
});

test('close() ends it, also between two tries', () => {
  const table = new Table();
  table.settle();
  table.cut();
  table.link.close();
  table.settle(200);
  expect([table.link.status, table.dials]).toEqual([ConnectionStatus.CONNECTION_DISCONNECTED, []]);
});

test('a page that is shown, or has a network again, is not waited for', () => {
  const listeners = new Map<string, Set<() => void>>();
  const target = {
    visibilityState: 'hidden',
    addEventListener: (type: string, listener: () => void) => {
      listeners.set(type, (listeners.get(type) ?? new Set()).add(listener));
    },
    removeEventListener: (type: string, listener: () => void) => void listeners.get(type)?.delete(listener),
  };
  const page = {
    addEventListener: target.addEventListener,
    removeEventListener: target.removeEventListener,
    document: target,
  };
  const before = Object.fromEntries(Object.keys(page).map((name) => [name, Reflect.get(globalThis, name)]));
  Object.assign(globalThis, page);
  onTestFinished(() => void Object.assign(globalThis, before));
  const fire = (type: string): void => {
    for (const listener of listeners.get(type) ?? []) listener();
  };
  const table = new Table({ firstDelay: 100, longestDelay: 100 });
  table.settle();
  fire('online'); // while connected it changes nothing
  table.cut();
  fire('visibilitychange'); // it is hidden
  table.settle();
  expect(table.dials).toHaveLength(0);
  target.visibilityState = 'visible';
  fire('visibilitychange');
  table.settle();
  expect(table.dials).toHaveLength(1);
  table.cut();
  fire('online');
  table.settle();
  expect(table.dials).toHaveLength(2);
  table.link.close();
  expect([...listeners.values()].map(({ size }) => size)).toEqual([0, 0]);
});

test('the options are checked', () => {
  expect(checkReconnectOptions(false)).toBeNull();
  expect(checkReconnectOptions(true)).toMatchObject({
    firstDelay: 0.5,
    longestDelay: 10,
    tries: Number.POSITIVE_INFINITY,
  });
  const wrong = [{ firstDelay: 0 }, { firstDelay: 2, longestDelay: 1 }, { longestDelay: Number.NaN }, { tries: 0 }];
  for (const options of wrong) expect(() => checkReconnectOptions(options)).toThrow(RangeError);
  for (const options of ['yes', null, { random: 5 }]) {
    expect(() => checkReconnectOptions(options as never)).toThrow(TypeError);
  }
});

test('a token in a URL', () => {
  expect(withToken('ws://a.example', '')).toBe('ws://a.example');
  expect(withToken('ws://a.example/play', 'x y')).toBe('ws://a.example/play?token=x%20y');
  expect(withToken('ws://a.example/play?room=A', 'x')).toBe('ws://a.example/play?room=A&token=x');
});

test('over TCP: the same player again, with the signals of its multiplayer', async () => {
  const server = new SceneMultiplayer({ returning: true });
  const serverPeer = new WebSocketMultiplayerPeer();
  onTestFinished(() => serverPeer.close());
  expect(serverPeer.createServer(0, '127.0.0.1')).toBe(ErrorCode.OK);
  const node = server.node('Main', { take_token: rpc.authority([string]) });
  const giveToken = (id: number): void => void node.take_token.rpcId(id, server.getReturnToken(id)!);
  server.peerConnected.connect(giveToken);
  server.peerBack.connect(giveToken);
  server.multiplayerPeer = serverPeer;

  const client = new SceneMultiplayer();
  const peer = new WebSocketMultiplayerPeer({ reconnect: { firstDelay: 0.01, longestDelay: 0.01 } });
  onTestFinished(() => peer.close());
  const told: string[] = [];
  client.connectedToServer.connect(() => void told.push('connected'));
  client.serverDisconnected.connect(() => void told.push('lost'));
  client.connectionFailed.connect(() => void told.push('failed'));
  client.node('Main', {
    take_token: rpc.authority([string], (_, token) => {
      peer.returnToken = token;
      told.push('token');
    }),
  });
  expect(peer.createClient(`ws://127.0.0.1:${serverPeer.getLocalPort()}/play`)).toBe(ErrorCode.OK);
  client.multiplayerPeer = peer;
  const all = [server, client];
  await drive(all, () => told.includes('token'));
  const id = client.getUniqueId();
  const first = peer.returnToken;
  told.length = 0;
  serverPeer.getPeer(id)?.close(-1);
  await drive(all, () => told.includes('token'));
  expect(told).toEqual(['lost', 'connected', 'token']);
  expect(client.getUniqueId()).toBe(id);
  expect(peer.returnToken).not.toBe(first);

  // The server forgets it: it comes as a new player.
  told.length = 0;
  server.disconnectPeer(id);
  peer.getPeer(1)?.close(-1);
  await drive(all, () => told.includes('token'));
  expect(client.getUniqueId()).not.toBe(id);
  expect(peer.getPeer(1)?.getReadyState()).toBe(State.STATE_OPEN);
  peer.close();
  await drive(all, () => server.getPeers().length === 0);
});
