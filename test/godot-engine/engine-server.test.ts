import { rpc } from 'tickpeer/multiplayer';
import { packedByteArray, string } from 'tickpeer/variant';
import { expect, test } from 'vitest';
import { patternBytes, sameBytes } from '../support/payloads.ts';
import { joinAll, serve } from './engine/serve.ts';
import { useEngines } from './engine/use-engines.ts';
import type { HubClientPeer } from './ours/hub-client-peer.ts';
import { type Side, told } from './ours/side.ts';
import { expectNext, until } from './ours/until.ts';

const engines = useEngines(`
@rpc("any_peer") func greet(text: String) -> void:
	tell_call("greet", [text])

@rpc("any_peer") func mirror(bytes: PackedByteArray) -> void:
	rpc_id(multiplayer.get_remote_sender_id(), "mirror", bytes)

@rpc("authority") func state(text: String) -> void:
	tell_call("state", [text])
`);
const game = () => engines[0]!;

function play(side: Side<HubClientPeer>) {
  const mirrored: Uint8Array[] = [];
  const main = side.multiplayer.node('Main', {
    greet: rpc.anyPeer([string], side.teller('greet')),
    mirror: rpc.anyPeer([packedByteArray], (_from, bytes) => mirrored.push(bytes)),
    state: rpc.authority([string], side.teller('state')),
  });
  return { main, mirrored };
}

const hex = (text: string): string => Buffer.from(text).toString('hex');
/** As ids stand in packets. */
function int32(id: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(id);
  return bytes.toString('hex');
}

test('an engine that serves has the id 1, and admits clients of ours', async () => {
  const hub = await serve(game());
  const [a, b] = await joinAll(hub, 2);
  expect(await game().run('multiplayer.is_server()')).toBe(true);
  expect(await game().run('multiplayer.get_unique_id()')).toBe(1);
  expect(await game().run('Array(multiplayer.get_peers())')).toEqual([a!.id, b!.id]);
  expect(a!.id).toBeGreaterThan(1);
  expect([a!.multiplayer.isServer(), b!.multiplayer.getPeers()]).toEqual([false, [1, a!.id]]);
});

test('the engine and a client of ours call each other', async () => {
  const hub = await serve(game());
  const [side] = await joinAll(hub, 1);
  const { main } = play(side!);
  for (const text of ['full', 'short']) {
    main.greet.rpcId(1, text);
    await expectNext(game().lines, [told('greet', side!.id, text)]);
    await game().run(`rpc_id(${side!.id}, "greet", "${text}")`);
    await game().run(`rpc("state", "${text}")`);
    await expectNext(side!.told, [told('greet', 1, text), told('state', 1, text)]);
  }
  const call = `00010001040000000500000073686f7274000000`;
  expect(side!.peer.sent.at(-1)).toEqual({ peer: 1, hex: call });
  expect(side!.peer.received.slice(-2)).toContainEqual({ peer: 1, hex: call });
});

test('the engine relays calls between two clients of ours', async () => {
  const hub = await serve(game());
  const [a, b] = await joinAll(hub, 2);
  const main = play(a!).main;
  const other = play(b!).main;
  main.greet.rpcId(b!.id, '1');
  await expectNext(b!.told, [told('greet', a!.id, '1')]);
  other.greet.rpcId(a!.id, '2');
  await expectNext(a!.told, [told('greet', b!.id, '2')]);
  main.greet.rpcId(b!.id, '3');
  await expectNext(b!.told, [told('greet', a!.id, '3')]);
  const call = `000100010400000001000000${hex('3')}000000`;
  expect(a!.peer.sent.at(-1)).toEqual({ peer: 1, hex: `0703${int32(b!.id)}${call}` });
  expect(b!.peer.received.at(-1)).toEqual({ peer: 1, hex: `0703${int32(a!.id)}${call}` });
});

test('calls to all, and to all but one, are relayed by the engine', async () => {
  const hub = await serve(game());
  const [a, b, c] = await joinAll(hub, 3);
  const main = play(a!).main;
  for (const side of [b!, c!]) play(side);
  main.greet.rpc('all');
  main.greet.rpcId(-b!.id, 'not b');
  main.greet.rpcId(-1, 'not the server');
  await expectNext(game().lines, [told('greet', a!.id, 'all'), told('greet', a!.id, 'not b')]);
  await expectNext(b!.told, [told('greet', a!.id, 'all'), told('greet', a!.id, 'not the server')]);
  await expectNext(
    c!.told,
    ['all', 'not b', 'not the server'].map((text) => told('greet', a!.id, text)),
  );
  await game().run(`rpc_id(-${c!.id}, "greet", "not c")`);
  await expectNext(a!.told, [told('greet', 1, 'not c')]);
  await expectNext(b!.told, [told('greet', 1, 'not c')]);
});

test('bytes are sent to one, to all, and to all but one', async () => {
  const hub = await serve(game());
  const [a, b] = await joinAll(hub, 2);
  const send = (text: string, to: number) => game().run(`multiplayer.send_bytes("${text}".to_utf8_buffer(), ${to})`);
  await send('all', 0);
  await send('a', a!.id);
  await send('not a', -a!.id);
  await expectNext(a!.told, [told('peer_packet', 1, hex('all')), told('peer_packet', 1, hex('a'))]);
  await expectNext(b!.told, [told('peer_packet', 1, hex('all')), told('peer_packet', 1, hex('not a'))]);
  a!.multiplayer.sendBytes(Buffer.from('to all'));
  await expectNext(game().lines, [told('peer_packet', a!.id, hex('to all'))]);
  await expectNext(b!.told, [told('peer_packet', a!.id, hex('to all'))]);
});

test('without relay our clients are not told of each other', async () => {
  const hub = await serve(game(), { relays: false });
  for (const side of [hub.client(), hub.client()]) {
    await expectNext(side.told, [told('connected_to_server'), told('peer_connected', 1)]);
    await expectNext(game().lines, [told('peer_connected', side.id)]);
    expect(side.multiplayer.getPeers()).toEqual([1]);
  }
});

test('the engine and the other clients notice that one has left', async () => {
  const hub = await serve(game());
  const [a, b] = await joinAll(hub, 2);
  const { id } = a!;
  a!.multiplayer.sendBytes(Buffer.from('bye'), 1);
  a!.leave();
  await expectNext(game().lines, [told('peer_packet', id, hex('bye')), told('peer_disconnected', id)]);
  await expectNext(b!.told, [told('peer_disconnected', id)]);
});

test('a client that disconnects from the server has left, too', async () => {
  const hub = await serve(game());
  const [a] = await joinAll(hub, 1);
  const { id } = a!;
  a!.peer.disconnectPeer(1);
  await expectNext(game().lines, [told('peer_disconnected', id)]);
  await expectNext(a!.told, [told('peer_disconnected', 1), told('server_disconnected')]);
});

test('a client that the engine kicks sees the server disconnect, and the others see the client disconnect', async () => {
  const hub = await serve(game());
  const [a, b] = await joinAll(hub, 2);
  const { id } = a!;
  await game().run(`multiplayer.disconnect_peer(${id})`);
  await expectNext(a!.told, [told('peer_disconnected', 1), told('server_disconnected')]);
  await expectNext(b!.told, [told('peer_disconnected', id)]);
  expect(await game().run('Array(multiplayer.get_peers())')).toEqual([b!.id]);
});

test('all clients see the server disconnect when the engine ends the session, and can join the next one', async () => {
  const first = await serve(game());
  const sides = await joinAll(first, 2);
  await game().run('leave()');
  for (const side of sides) {
    await expectNext(side.told, [told('peer_disconnected', 1), told('server_disconnected')]);
  }
  await joinAll(await serve(game()), 1);
});

test('an engine that refuses new connections is a failed connection', async () => {
  const hub = await serve(game());
  await game().run('multiplayer.set("refuse_new_connections", true)');
  const side = hub.client();
  await expectNext(side.told, [told('connection_failed')]);
});

test.each(['accepts', 'refuses'])('the engine authenticates a client, and %s it', async (verdict) => {
  await game().run('authenticate()');
  const hub = await serve(game());
  const side = hub.client();
  const { id } = side.peer;
  const { multiplayer } = side;
  multiplayer.authCallback = (from, data) => side.tell('auth', from, Buffer.from(data).toString());
  await expectNext(game().lines, [told('peer_authenticating', id)]);
  await expectNext(side.told, [told('peer_authenticating', 1)]);
  multiplayer.sendAuth(1, Buffer.from('token'));
  await expectNext(game().lines, [told('auth', id, 'token')]);
  if (verdict === 'refuses') {
    await game().run(`multiplayer.disconnect_peer(${id})`);
    await expectNext(side.told, [told('peer_authentication_failed', 1), told('server_disconnected')]);
    return;
  }
  await game().run(`multiplayer.send_auth(${id}, "welcome".to_utf8_buffer())`);
  await expectNext(side.told, [told('auth', 1, 'welcome')]);
  multiplayer.completeAuth(1);
  await game().run(`multiplayer.complete_auth(${id})`);
  await expectNext(side.told, [told('connected_to_server'), told('peer_connected', 1)]);
  await expectNext(game().lines, [told('peer_connected', id)]);
});

test('large packets are sent to the engine and back', async () => {
  const hub = await serve(game());
  const [side] = await joinAll(hub, 1);
  const { main, mirrored } = play(side!);
  for (const size of [1, 65_535, 65_536, 1_000_000]) {
    const bytes = patternBytes(size);
    main.mirror.rpcId(1, bytes);
    await until(() => mirrored.length > 0);
    expect(sameBytes(mirrored.pop()!, bytes)).toBe(true);
  }
});
