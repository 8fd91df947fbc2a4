import { ErrorCode } from 'tickpeer';
import { expect, test } from 'vitest';
import { useEngines } from './engine/use-engines.ts';
import { Side, told } from './ours/side.ts';
import { expectNext, until } from './ours/until.ts';

const engines = useEngines('');
const game = () => engines[0]!;

/** A server that authenticates, and the id of an engine that has connected to it. */
async function open(prepare = 'authenticate()', seconds = 3) {
  const server = Side.server();
  const { multiplayer } = server;
  multiplayer.authTimeout = seconds;
  multiplayer.authCallback = (id, data) => server.tell('auth', id, Buffer.from(data).toString());
  await game().run(prepare);
  await game().run(`join("${server.url}")`);
  await until(() => multiplayer.getAuthenticatingPeers().length === 1);
  const [id = 0] = multiplayer.getAuthenticatingPeers();
  await expectNext(server.told, [told('peer_authenticating', id)]);
  await until(() => game().lines.length > 0);
  return { server, multiplayer, id };
}

test.each(['we complete first', 'the engine completes first'])('accepted: %s', async (order) => {
  const { server, multiplayer, id } = await open();
  await expectNext(game().lines, [told('peer_authenticating', 1)]);
  expect(await game().run('[Array(multiplayer.get_authenticating_peers()), Array(multiplayer.get_peers())]')).toEqual([
    [1],
    [],
  ]);
  expect(multiplayer.getPeers()).toEqual([]);

  expect(multiplayer.sendAuth(id, Buffer.from('who?'))).toBe(ErrorCode.OK);
  await expectNext(game().lines, [told('auth', 1, 'who?')]);
  expect(await game().run('multiplayer.send_auth(1, "me, ünd".to_utf8_buffer())')).toBe(ErrorCode.OK);
  await expectNext(server.told, [told('auth', id, 'me, ünd')]);

  const completeHere = () => expect(multiplayer.completeAuth(id)).toBe(ErrorCode.OK);
  const completeThere = async () => expect(await game().run('multiplayer.complete_auth(1)')).toBe(ErrorCode.OK);
  if (order === 'we complete first') {
    completeHere();
    await completeThere();
  } else {
    await completeThere();
    completeHere();
  }
  await expectNext(game().lines, [told('connected_to_server'), told('peer_connected', 1)]);
  await expectNext(server.told, [told('peer_connected', id)]);
  expect([multiplayer.getAuthenticatingPeers(), multiplayer.getPeers()]).toEqual([[], [id]]);
});

test('refused by us', async () => {
  const { server, multiplayer, id } = await open();
  expect(multiplayer.sendBytes(Buffer.from('no'), id)).toBe(ErrorCode.ERR_INVALID_PARAMETER);
  await game().run('multiplayer.send_auth(1, "wrong".to_utf8_buffer())');
  await expectNext(server.told, [told('auth', id, 'wrong')]);
  multiplayer.disconnectPeer(id);
  await expectNext(game().lines, [
    told('peer_authenticating', 1),
    told('peer_authentication_failed', 1),
    told('server_disconnected'),
  ]);
  expect(multiplayer.getAuthenticatingPeers()).toEqual([]);
});

test('refused by the engine', async () => {
  const { server, id } = await open();
  await game().run('multiplayer.disconnect_peer(1)');
  await expectNext(server.told, [told('peer_authentication_failed', id)]);
  await expectNext(game().lines, [told('peer_authenticating', 1), told('server_disconnected')]);
});

test('timed out here', async () => {
  const { server, multiplayer, id } = await open('authenticate()', 0.3);
  multiplayer.completeAuth(id);
  await expectNext(server.told, [told('peer_authentication_failed', id)]);
  await expectNext(game().lines, [
    told('peer_authenticating', 1),
    told('peer_authentication_failed', 1),
    told('server_disconnected'),
  ]);
});

test('timed out in the engine', async () => {
  const { server, id } = await open('authenticate(0.3)', 0);
  await game().run('multiplayer.complete_auth(1)');
  await expectNext(server.told, [told('peer_authentication_failed', id)]);
  await expectNext(game().lines, [
    told('peer_authenticating', 1),
    told('peer_authentication_failed', 1),
    told('server_disconnected'),
  ]);
});

test('packets of a client that does not authenticate are ignored, and it times out', async () => {
  const { server, id } = await open('tell("no part")', 0.5);
  await expectNext(game().lines, [told('no part'), told('connected_to_server'), told('peer_connected', 1)]);
  await game().run('multiplayer.send_bytes("let me in".to_utf8_buffer(), 1)');
  await expectNext(server.told, [
    told('bad_packet', id, 'TICKPEER_NOT_AUTHENTICATED'),
    told('peer_authentication_failed', id),
  ]);
  await expectNext(game().lines, [told('peer_disconnected', 1), told('server_disconnected')]);
});
