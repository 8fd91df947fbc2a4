import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { gather } from './engine/gather.ts';
import { useEngines } from './engine/use-engines.ts';
import { Side, told } from './ours/side.ts';
import { expectNext } from './ours/until.ts';

const engines = useEngines('', { count: 2 });

test('a client has the id that the server gave it', async () => {
  const [game] = engines;
  const server = Side.server();
  await game!.run(`join("${server.url}")`);
  await expectNext(game!.lines, [told('connected_to_server'), told('peer_connected', 1)]);
  const id = await game!.run('multiplayer.get_unique_id()');
  await expectNext(server.told, [told('peer_connected', id)]);
  expect(await game!.run('Array(multiplayer.get_peers())')).toEqual([1]);
  expect(await game!.run('multiplayer.is_server()')).toBe(false);
  expect(server.multiplayer.getPeers()).toEqual([id]);
});

test('clients are told who joins and who leaves', async () => {
  const [first, second] = engines;
  const server = Side.server();
  const ids = await gather(server, engines);
  expect(await first!.run('Array(multiplayer.get_peers())')).toEqual([1, ids[1]]);
  expect(await second!.run('Array(multiplayer.get_peers())')).toEqual([1, ids[0]]);
  await first!.run('leave()');
  await expectNext(server.told, [told('peer_disconnected', ids[0])]);
  await expectNext(second!.lines, [told('peer_disconnected', ids[0])]);
});

test('without relay they are not', async () => {
  const server = Side.server();
  server.multiplayer.serverRelay = false;
  for (const { run, lines } of engines) {
    await run(`join("${server.url}")`);
    await expectNext(lines, [told('connected_to_server'), told('peer_connected', 1)]);
    await expectNext(server.told, [told('peer_connected', await run('multiplayer.get_unique_id()'))]);
  }
});

test('a kicked client sees the server disconnect, and the others see the client disconnect', async () => {
  const [first, second] = engines;
  const server = Side.server();
  const ids = await gather(server, engines);
  server.multiplayer.disconnectPeer(ids[0]!);
  await expectNext(first!.lines, [told('peer_disconnected', 1), told('server_disconnected')]);
  await expectNext(second!.lines, [told('peer_disconnected', ids[0])]);
  expect(server.multiplayer.getPeers()).toEqual([ids[1]]);
});

test('the server notices a client that disconnects itself', async () => {
  const [game] = engines;
  const server = Side.server();
  const [id] = await gather(server, [game!]);
  await game!.run('multiplayer.multiplayer_peer.disconnect_peer(1)');
  await expectNext(server.told, [told('peer_disconnected', id)]);
  await expectNext(game!.lines, [told('peer_disconnected', 1), told('server_disconnected')]);
});

test('clients notice that the server restarts, and join again', async () => {
  const server = Side.server();
  const port = server.peer.getLocalPort();
  const ids = await gather(server, engines);
  server.leave();
  for (const { lines } of engines) {
    await expectNext(lines, [told('peer_disconnected', 1), told('server_disconnected')]);
  }
  const again = await gather(Side.server({ port }), engines);
  expect(again).not.toEqual(ids);
});

test('a refusal of the server is a failed connection', async () => {
  const [game] = engines;
  const server = Side.server();
  server.multiplayer.refuseNewConnections = true;
  await game!.run(`join("${server.url}")`);
  await expectNext(game!.lines, [told('connection_failed')]);
});

test('a port without a listener is a failed connection', async () => {
  const [game] = engines;
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  const port = typeof address === 'object' ? address?.port : 0;
  await new Promise((resolve) => probe.close(resolve));
  await game!.run(`join("ws://127.0.0.1:${port}")`);
  await expectNext(game!.lines, [told('connection_failed')]);
});
