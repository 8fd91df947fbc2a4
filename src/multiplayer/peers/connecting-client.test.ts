import { describe, expect, onTestFinished, test } from 'vitest';
import { drive, newPeer } from '../../../test/support/peers.ts';
import { startRawServer } from '../../../test/support/raw-tcp.ts';
import { ErrorCode } from '../../error-code.ts';
import { WebSocketPeer } from '../../websocket/index.ts';
import { type ConnectingClient, WebSocketMultiplayerPeer, type WebSocketMultiplayerPeerOptions } from '../index.ts';

function serve(options: WebSocketMultiplayerPeerOptions = {}): WebSocketMultiplayerPeer {
  const server = new WebSocketMultiplayerPeer(options);
  onTestFinished(() => server.close());
  expect(server.createServer(0, '127.0.0.1')).toBe(ErrorCode.OK);
  return server;
}

function join(server: WebSocketMultiplayerPeer, headers: string[] = []): WebSocketMultiplayerPeer {
  const client = new WebSocketMultiplayerPeer({ handshakeHeaders: headers });
  onTestFinished(() => client.close());
  client.createClient(`ws://127.0.0.1:${server.getLocalPort()}/game?room=7`);
  return client;
}

const isIn = (client: WebSocketMultiplayerPeer): boolean => client.getUniqueId() !== 0;
const isOut = (client: WebSocketMultiplayerPeer): boolean => client.getConnectionStatus() === 0;

describe('the id of a client', () => {
  test('is the one that the program returns, which gets the connecting client', async () => {
    const server = serve({ trustedProxies: ['127.0.0.1'] });
    const seen: unknown[] = [];
    server.generateUniqueId = (client?: ConnectingClient): number => {
      seen.push([client?.address, client?.request?.target, client?.peer instanceof WebSocketPeer]);
      return Number(client?.cookies.get('player'));
    };
    const client = join(server, ['Cookie: theme=dark', 'Cookie: player=4711', 'X-Forwarded-For: 203.0.113.9']);
    await drive([server, client], () => isIn(client));
    expect(client.getUniqueId()).toBe(4711);
    expect(seen).toEqual([['203.0.113.9', '/game?room=7', true]]);
  });

  test('that is taken closes the new client with 1008, and its peer is released', async () => {
    const server = serve();
    let calls = 0;
    server.generateUniqueId = () => {
      calls++;
      return 5;
    };
    const first = join(server);
    await drive([server, first], () => isIn(first));
    const second = join(server);
    await drive([server, first, second], () => isOut(second));
    expect(calls).toBe(9);
    expect(server.getLastFailure()).toEqual({
      code: 'TICKPEER_INVALID_ID',
      message: 'the id 5 of generateUniqueId() is taken',
    });
    expect(second.getLastFailure()).toEqual({
      code: 'TICKPEER_HANDSHAKE_REFUSED',
      message: 'the server closed the connection before it sent an id: 1008, "the id 5 of generateUniqueId() is taken"',
    });
    expect(first.getUniqueId()).toBe(5);
  });

  test('is free again when its client was disconnected by force', async () => {
    const server = serve();
    server.generateUniqueId = () => {
      server.disconnectPeer(5, true);
      return 5;
    };
    const first = join(server);
    await drive([server, first], () => isIn(first));
    const second = join(server);
    await drive([server, first, second], () => isIn(second) && isOut(first));
    expect(second.getUniqueId()).toBe(5);
  });

  test.each([0, 1, -1, 1.5, Number.NaN, 2 ** 31])('cannot be %d', async (id) => {
    const server = serve();
    server.generateUniqueId = () => id;
    const client = join(server);
    await drive([server, client], () => isOut(client));
    expect(server.getLastFailure()?.code).toBe('TICKPEER_INVALID_ID');
  });

  test.each([2, 2 ** 31 - 1])('may be %d', async (id) => {
    const server = serve();
    server.generateUniqueId = () => id;
    const client = join(server);
    await drive([server, client], () => isIn(client));
    expect(client.getUniqueId()).toBe(id);
  });

  test('when the program throws, the client is closed, and the next one is accepted', async () => {
    const server = serve();
    let throws = true;
    server.generateUniqueId = () => {
      if (!throws) return 9;
      throws = false;
      throw new Error('on purpose');
    };
    const client = join(server);
    let thrown: unknown = null;
    const pollable = {
      poll: () => {
        try {
          server.poll();
        } catch (error) {
          thrown = error;
        }
      },
    };
    await drive([pollable, client], () => isOut(client));
    expect(thrown).toEqual(new Error('on purpose'));
    const next = join(server);
    await drive([server, next], () => isIn(next));
  });
});

describe('the address of a client', () => {
  test.each([
    [['127.0.0.1'], '203.0.113.9'],
    [[], '127.0.0.1'],
  ])('behind trusted proxies %j: %s', async (trustedProxies, expected) => {
    const server = new WebSocketMultiplayerPeer();
    onTestFinished(() => server.close());
    expect(server.createServer(0, '127.0.0.1', null, { trustedProxies, maxConnections: 1 })).toBe(ErrorCode.OK);
    const client = join(server, ['X-Forwarded-For: 203.0.113.9']);
    await drive([server, client], () => isIn(client));
    const id = client.getUniqueId();
    expect([server.getPeerAddress(id), server.getPeerAddress(3), client.getPeerAddress(1)]).toEqual([
      expected,
      '',
      '127.0.0.1',
    ]);
    expect(server.getServer()?.getPeerCount()).toBe(1);
    const second = join(server);
    await drive([server, client, second], () => isOut(second));
    let gone = '';
    server.peerDisconnected.connect(() => {
      gone = server.getPeerAddress(id);
    });
    client.close();
    await drive([server], () => gone !== '');
    expect(gone).toBe(expected);
    server.close();
    expect(server.getServer()).toBeNull();
  });
});

describe('without an id', () => {
  test('a connection that was never accepted', async () => {
    const silent = await startRawServer();
    const client = new WebSocketMultiplayerPeer({ handshakeTimeout: 0.05 });
    onTestFinished(() => client.close());
    client.createClient(`ws://127.0.0.1:${silent.port}`);
    await drive([client], () => isOut(client));
    expect(client.getLastFailure()).toEqual({
      code: 'TICKPEER_HANDSHAKE_TIMEOUT',
      message: 'the connection was not accepted within handshakeTimeout, 0.05 s',
    });
  });
});

describe('the reason why a packet was not sent, or a peer left', () => {
  test('a message above the limit: the failure names the limit and the remedy', async () => {
    const server = serve({ outboundBufferSize: 1000 });
    const client = join(server);
    await drive([server, client], () => isIn(client));
    const refused: (string | undefined)[] = [];
    server.packetRefused.connect((_id, _error, failure) => refused.push(failure?.message));
    server.setTargetPeer(client.getUniqueId());
    expect(server.putPacket(new Uint8Array(1001))).toBe(ErrorCode.ERR_OUT_OF_MEMORY);
    expect(refused).toEqual([expect.stringContaining('a packet of 1001 bytes is above outboundBufferSize, 1000')]);
    expect(refused[0]).toContain('inbound_buffer_size');
    expect(server.getLastFailure()?.code).toBe('TICKPEER_OUTBOUND_LIMIT');
    expect(server.putPacket(new Uint8Array(1))).toBe(ErrorCode.OK);
    expect(server.getLastFailure()).toBeNull();
  });

  test('peerDisconnected has null after a clean end, otherwise the failure', async () => {
    const server = serve();
    const [one, two] = [join(server), join(server)];
    await drive([server, one, two], () => isIn(one) && isIn(two));
    const [first, second] = [one.getUniqueId(), two.getUniqueId()];
    const gone = new Map<number, string | null>();
    server.peerDisconnected.connect((id, failure) => gone.set(id, failure?.code ?? null));
    one.close();
    two.getPeer(1)?.close(-1);
    await drive([server, one, two], () => gone.size === 2);
    expect(gone.get(first)).toBeNull();
    expect(gone.get(second)).toMatch(/^TICKPEER_CONNECTION_(LOST|RESET)$/);
  });
});

test('a plain WebSocket client gets an id, and its cookies are empty', async () => {
  const server = serve();
  const cookies: unknown[] = [];
  server.generateUniqueId = (client?: ConnectingClient) => {
    cookies.push(client?.cookies, client?.cookies);
    return 2;
  };
  const stranger = newPeer();
  stranger.connectToUrl(`ws://127.0.0.1:${server.getLocalPort()}`);
  await drive([server, stranger], () => stranger.getAvailablePacketCount() > 0);
  expect(cookies).toEqual([new Map(), new Map()]);
});
