import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, onTestFinished, test } from 'vitest';
import { bytesOf } from '../../../test/support/frames.ts';
import { type Player, table } from '../../../test/support/hub.ts';
import { drive, newPeer } from '../../../test/support/peers.ts';
import { type MultiplayerDiagnosticsMessages, RpcHandlerError, rpc, WebSocketMultiplayerPeer } from '../index.ts';
import { CHANNELS as BROWSER_CHANNELS } from './diagnostics.browser.ts';
import { CHANNELS } from './diagnostics.ts';

type Name = keyof MultiplayerDiagnosticsMessages;

/** What is published on the channel `name` from now on. */
function listenTo<Channel extends Name>(name: Channel): MultiplayerDiagnosticsMessages[Channel][] {
  const heard: MultiplayerDiagnosticsMessages[Channel][] = [];
  const hear = (message: unknown): void => {
    heard.push(message as MultiplayerDiagnosticsMessages[Channel]); // Nothing else comes on this channel.
  };
  subscribe(name, hear);
  onTestFinished(() => void unsubscribe(name, hear));
  return heard;
}

const about = (...players: readonly Player[]) => {
  const all = players.map(({ multiplayer }) => multiplayer);
  return <Message extends { readonly multiplayer: Player['multiplayer'] }>(message: Message): boolean =>
    all.includes(message.multiplayer);
};

test('a browser has the same channels, without subscribers', () => {
  expect(Object.keys(BROWSER_CHANNELS)).toEqual(Object.keys(CHANNELS));
  for (const { hasSubscribers } of Object.values(BROWSER_CHANNELS)) expect(hasSubscribers).toBe(false);
});

test('admitted', () => {
  const heard = listenTo('tickpeer:multiplayer:admitted');
  const { server, clients } = table([5, 7]);
  const [five] = clients as [Player, Player];
  expect(heard.filter(about(server)).map(({ id }) => id)).toEqual([5, 7]);
  expect(heard.filter(about(five)).map(({ id, address }) => [id, address])).toEqual([
    [1, ''],
    [7, ''],
  ]);
});

describe('disconnected: by whom, and why', () => {
  const facts = (heard: MultiplayerDiagnosticsMessages['tickpeer:multiplayer:disconnected'][]) =>
    heard.map(({ id, wasAdmitted, by, failure }) => [id, wasAdmitted, by, failure?.code ?? null]);

  test('a limit, with its name', () => {
    const heard = listenTo('tickpeer:multiplayer:disconnected');
    const limits = listenTo('tickpeer:multiplayer:limit');
    const { server, clients, settle } = table([5, 7], { limits: { badPackets: 1 } });
    for (let n = 0; n < 2; n++) server.peer.links.get(5)!.putPacket(bytesOf('07'));
    settle();
    expect(facts(heard.filter(about(server)))).toEqual([[5, true, 'limit', 'TICKPEER_PEER_LIMIT']]);
    expect(limits.filter(about(server))).toMatchObject([
      { id: 5, isDisconnected: true, count: 1, failure: { message: 'more than badPackets, 1' } },
    ]);
    // The other client is told by the server that it is gone, which does not say why.
    expect(facts(heard.filter(about(clients[1]!)))).toEqual([[5, true, 'connection', null]]);
  });

  test('the program, or the other side', () => {
    const heard = listenTo('tickpeer:multiplayer:disconnected');
    const { server, clients, settle } = table([5, 7]);
    server.multiplayer.disconnectPeer(5);
    clients[1]!.peer.close();
    settle();
    expect(facts(heard.filter(about(server)))).toEqual([
      [5, true, 'program', null],
      [7, true, 'connection', null],
    ]);
  });

  test('authentication that takes too long', () => {
    const heard = listenTo('tickpeer:multiplayer:disconnected');
    const { server, clock } = table([]);
    server.multiplayer.authCallback = () => undefined;
    server.peer.links.set(5, server.peer);
    server.peer.peerConnected.emit(5);
    for (let n = 0; n < 13; n++) {
      clock.advance(250);
      server.multiplayer.poll();
    }
    expect(facts(heard.filter(about(server)))).toEqual([[5, false, 'authentication', 'TICKPEER_AUTH_TIMEOUT']]);
  });
});

test('packet-refused: published for the 1st and the 10th of a kind, and it says whether the packet counts as bad', () => {
  const heard = listenTo('tickpeer:multiplayer:packet-refused');
  const { server, clients, settle } = table([5]);
  const main = clients[0]!.multiplayer.node('Main', { a: rpc.anyPeer() });
  for (let n = 0; n < 12; n++) main.a.rpcId(1);
  server.peer.links.get(5)!.putPacket(bytesOf('07'));
  settle();
  expect(
    heard
      .filter(about(server))
      .map(({ id, kind, count, isCounted, failure }) => [id, kind, count, isCounted, failure.code]),
  ).toEqual([
    [5, 'TICKPEER_RPC_UNKNOWN_NODE Main', 1, false, 'TICKPEER_RPC_UNKNOWN_NODE'],
    [5, 'TICKPEER_RPC_UNKNOWN_NODE Main', 10, false, 'TICKPEER_RPC_UNKNOWN_NODE'],
    [5, 'TICKPEER_BAD_PACKET 1 bytes are too few for a system packet', 1, true, 'TICKPEER_BAD_PACKET'],
  ]);
});

test('checksums that differ', () => {
  const heard = listenTo('tickpeer:multiplayer:checksum-mismatch');
  const { server, clients, settle } = table([5]);
  server.multiplayer.node('Main', { a: rpc.anyPeer() });
  clients[0]!.multiplayer.node('Main', { b: rpc.anyPeer() }).b.rpcId(1);
  settle();
  expect(heard.filter(about(server))).toMatchObject([
    { id: 5, path: 'Main', count: 1, failure: { code: 'TICKPEER_RPC_CHECKSUM' } },
  ]);
});

test('a handler that throws', () => {
  const heard = listenTo('tickpeer:multiplayer:handler-error');
  const { server, clients, settle } = table([5]);
  const error = new Error('on purpose');
  server.multiplayer.node('Main', {
    a: rpc.anyPeer([], () => {
      throw error;
    }),
  });
  clients[0]!.multiplayer.node('Main', { a: rpc.anyPeer() }).a.rpcId(1);
  expect(settle).toThrow(RpcHandlerError);
  expect(heard.filter(about(server))).toMatchObject([{ id: 5, path: 'Main', method: 'a' }]);
  expect(heard.find(about(server))?.error).toBe(error);
});

test('a client that gets no id', async () => {
  const heard = listenTo('tickpeer:multiplayer:turned-away');
  const server = new WebSocketMultiplayerPeer();
  onTestFinished(() => server.close());
  server.createServer(0, '127.0.0.1');
  server.refuseNewConnections = true;
  const client = newPeer();
  client.connectToUrl(`ws://127.0.0.1:${server.getLocalPort()}`);
  await drive([server, client], () => heard.some(({ peer }) => peer === server));
  expect(heard.filter(({ peer }) => peer === server)).toMatchObject([
    { address: '127.0.0.1', failure: { code: 'TICKPEER_HANDSHAKE_REFUSED', message: 'new connections are refused' } },
  ]);
});
