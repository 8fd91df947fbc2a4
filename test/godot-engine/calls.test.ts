import { createHash } from 'node:crypto';
import { ErrorCode } from 'tickpeer';
import { rpc } from 'tickpeer/multiplayer';
import { int, packedByteArray, string, variant } from 'tickpeer/variant';
import { expect, test } from 'vitest';
import { catchUp } from './engine/catch-up.ts';
import { gather } from './engine/gather.ts';
import { useEngines } from './engine/use-engines.ts';
import { hexOf } from './ours/recording-peer.ts';
import { Side, told } from './ours/side.ts';
import { expectNext, until } from './ours/until.ts';

const engines = useEngines(`
@rpc("any_peer") func blob(bytes: PackedByteArray) -> void:
	tell_call("blob", [bytes.hex_encode()])

@rpc("any_peer") func greet(who: String, times: int) -> void:
	tell_call("greet", [who, times])

@rpc("any_peer") func ping() -> void:
	tell_call("ping")

@rpc("any_peer", "call_local") func shout(text: String) -> void:
	tell_call("shout", [text])

@rpc("authority", "call_local") func state(value: Variant) -> void:
	tell_call("state", [value])
`);
const MD5 = hexOf(createHash('md5').update('blobgreetpingshoutstate').digest());
const MAIN = hexOf(Buffer.from('Main\0'));
/** SIMPLIFY_PATH and CONFIRM_PATH for the first node of either side. */
const INTRODUCTION = `01${hexOf(Buffer.from(MD5))}0001000000${MAIN}`;
const CONFIRMATION = '020101000000';
/** Of greet("hi", 300), method 1, and of ping(), method 2: before and after the confirmation. */
const GREETING = '02040000000200000068690000422c01';
const FULL_GREETING = `201600008001${GREETING}${MAIN}`;
const SHORT_GREETING = `000101${GREETING}`;
const SHORT_PING = '800102';
/** What the engine prints before the node's path. */
const MISMATCH = 'ERROR: The rpc node checksum failed. Make sure to have the same methods on both nodes. Node path: ';

function open() {
  const server = Side.server();
  const main = server.multiplayer.node('Main', {
    blob: rpc.anyPeer([packedByteArray], (from, bytes) => server.tell('blob', from, hexOf(bytes))),
    greet: rpc.anyPeer([string, int], server.teller('greet')),
    ping: rpc.anyPeer([], server.teller('ping')),
    shout: rpc.anyPeer([string], server.teller('shout'), { callLocal: true }),
    state: rpc.authority([variant], server.teller('state'), { callLocal: true }),
  });
  return { server, main };
}

test('the engine calls with the path until we have confirmed it, and with the number from then on', async () => {
  const [game] = engines;
  const { server } = open();
  const [id] = await gather(server, [game!]);
  await game!.run('rpc_id(1, "greet", "hi", 300)');
  await expectNext(server.told, [told('greet', id, 'hi', 300)]);
  await catchUp(server, id!, game!);
  await game!.run('rpc_id(1, "ping")');
  await game!.run('rpc("greet", "hi", 300)');
  await expectNext(server.told, [told('ping', id), told('greet', id, 'hi', 300)]);
  expect(server.peer.received.map(({ hex }) => hex)).toEqual([INTRODUCTION, FULL_GREETING, SHORT_PING, SHORT_GREETING]);
  expect(server.peer.sent).toEqual([{ peer: id, hex: CONFIRMATION }]);
});

test('we call the engine likewise', async () => {
  const [game] = engines;
  const { server, main } = open();
  const [id] = await gather(server, [game!]);
  main.greet.rpcId(id!, 'hi', 300);
  await expectNext(game!.lines, [told('greet', 1, 'hi', 300)]);
  await expectNext(server.peer.received, [{ peer: id, hex: CONFIRMATION }]);
  main.ping.rpcId(id!);
  main.greet.rpc('hi', 300);
  await expectNext(game!.lines, [told('ping', 1), told('greet', 1, 'hi', 300)]);
  expect(server.peer.sent.map(({ hex }) => hex)).toEqual([INTRODUCTION, FULL_GREETING, SHORT_PING, SHORT_GREETING]);
});

test('a single PackedByteArray is sent as its bytes', async () => {
  const [game] = engines;
  const { server, main } = open();
  const [id] = await gather(server, [game!]);
  await game!.run('rpc_id(1, "blob", PackedByteArray([1, 2, 255]))');
  await game!.run('rpc_id(1, "blob", PackedByteArray())');
  await expectNext(server.told, [told('blob', id, '0102ff'), told('blob', id, '')]);
  main.blob.rpcId(id!, Uint8Array.of(1, 2, 255));
  // The way that the engine sends it, it arrives as a call without an argument (issue #95247).
  main.blob.rpcId(id!, Uint8Array.of());
  await expectNext(game!.lines, [told('blob', 1, '0102ff'), told('blob', 1, '')]);
});

test('call_local runs on the caller, too, and with its own id', async () => {
  const [game] = engines;
  const { server, main } = open();
  const [id] = await gather(server, [game!]);
  await game!.run('rpc("shout", "from the engine")');
  await expectNext(game!.lines, [told('shout', id, 'from the engine')]);
  await expectNext(server.told, [told('shout', id, 'from the engine')]);
  main.shout.rpc('from us');
  main.shout.rpcId(1, 'to ourselves');
  await expectNext(game!.lines, [told('shout', 1, 'from us')]);
  await expectNext(server.told, [told('shout', 1, 'from us'), told('shout', 1, 'to ourselves')]);
});

test('only the authority calls an authority method: the server, unless both sides say otherwise', async () => {
  const [game] = engines;
  const { server, main } = open();
  const [id] = await gather(server, [game!]);
  main.state.rpcId(id!, 1);
  await game!.run('rpc_id(1, "state", 2)');
  await expectNext(game!.lines, [told('state', 1, 1)]);
  await expectNext(server.told, [told('bad_packet', id, 'TICKPEER_RPC_NOT_ALLOWED')]);

  server.multiplayer.setMultiplayerAuthority('Main', id!);
  await game!.run(`set_multiplayer_authority(${id})`);
  await game!.run('rpc_id(1, "state", 3)');
  main.state.rpcId(id!, 4);
  await expectNext(server.told, [told('state', id, 3)]);
  await expectNext(game!.errors, [
    `ERROR: RPC 'state' is not allowed on node /root/Main from: 1. Mode is "authority", authority is ${id}.`,
  ]);
  await game!.run('set_multiplayer_authority(1)');
});

test('a method that is not implemented here is refused, and the next call runs', async () => {
  const [game] = engines;
  const server = Side.server();
  server.multiplayer.node('Main', {
    blob: rpc.anyPeer([packedByteArray]),
    greet: rpc.anyPeer([string, int]),
    ping: rpc.anyPeer([], server.teller('ping')),
    shout: rpc.disabled([string]),
    state: rpc.authority([variant]),
  });
  const [id] = await gather(server, [game!]);
  await game!.run('rpc_id(1, "greet", "hi", 1)');
  await game!.run('rpc_id(1, "shout", "hi")');
  await game!.run('rpc_id(1, "ping")');
  await expectNext(server.told, [
    told('bad_packet', id, 'TICKPEER_RPC_UNKNOWN_METHOD'),
    told('bad_packet', id, 'TICKPEER_RPC_NOT_ALLOWED'),
    told('ping', id),
  ]);
});

test('arguments that do not match are refused here', async () => {
  const [game] = engines;
  const { server } = open();
  const [id] = await gather(server, [game!]);
  const calls = ['"greet", "one"', '"greet", 1, 2', '"greet", "one", 2, 3', '"ping", 4', '"blob", "text"', '"shout"'];
  for (const call of calls) await game!.run(`rpc_id(1, ${call})`);
  const refusal = told('bad_packet', id, 'TICKPEER_RPC_ARGUMENTS');
  // For each method the first is reported, and all are counted.
  await expectNext(server.told, Array(4).fill(refusal));
  await until(() => server.multiplayer.getPeerStatistics(id!)?.refusedPackets === calls.length);
});

test('differing methods are reported on both sides, and not called here', async () => {
  const [game] = engines;
  const server = Side.server();
  const main = server.multiplayer.node('Main', {
    ping: rpc.anyPeer([], server.teller('ping')),
    zoom: rpc.anyPeer([], server.teller('zoom')),
  });
  const [id] = await gather(server, [game!]);
  await game!.run('rpc_id(1, "ping")');
  await expectNext(server.told, [
    told('checksum_mismatch', id, 'TICKPEER_RPC_CHECKSUM'),
    told('bad_packet', id, 'TICKPEER_RPC_CHECKSUM'),
  ]);
  await expectNext(game!.errors, [`${MISMATCH}/root/Main`]);
  const refused = (): number => server.multiplayer.getPeerStatistics(id!)?.refusedPackets ?? 0;
  const before = refused();
  await game!.run('rpc_id(1, "ping")');
  await until(() => refused() === before + 1);
  // The engine would use the number anyway: 1 is another method there.
  expect(main.zoom.rpcId(id!)).toBe(ErrorCode.ERR_UNAVAILABLE);
});

test('a method that the engine does not have is refused there, and the next call runs', async () => {
  const [game] = engines;
  const server = Side.server();
  const main = server.multiplayer.node('Main', {
    blob: rpc.anyPeer([packedByteArray]),
    greet: rpc.anyPeer([string, int]),
    ping: rpc.anyPeer(),
    shout: rpc.anyPeer([string]),
    state: rpc.authority([variant]),
    zoom: rpc.anyPeer(),
  });
  const [id] = await gather(server, [game!]);
  main.zoom.rpcId(id!);
  main.ping.rpcId(id!);
  await expectNext(game!.lines, [told('ping', 1)]);
  await expectNext(server.told, [told('checksum_mismatch', id, 'TICKPEER_RPC_CHECKSUM')]);
  await expectNext(game!.errors, [
    `${MISMATCH}Main`,
    'ERROR: Condition "!cache_config.configs.has(p_rpc_method_id)" is true.',
  ]);
});

test('a node that is not there is refused on either side', async () => {
  const [game] = engines;
  const server = Side.server();
  const other = server.multiplayer.node('Main/Other', { ping: rpc.anyPeer() });
  const [id] = await gather(server, [game!]);
  await game!.run('rpc_id(1, "ping")');
  const refusal = told('bad_packet', id, 'TICKPEER_RPC_UNKNOWN_NODE');
  await expectNext(server.told, [refusal]);
  // Its path, and the call.
  await until(() => server.multiplayer.getPeerStatistics(id!)?.refusedPackets === 2);
  other.ping.rpcId(id!);
  const notFound = 'ERROR: Node not found: "Main/Other" (relative to "/root").';
  await expectNext(game!.errors, [
    notFound,
    'ERROR: Parameter "node" is null.',
    notFound,
    'ERROR: Failed to get path from RPC: Main/Other.',
    'ERROR: Invalid packet received. Requested node was not found.',
  ]);
});

test('an unknown peer is refused where the call is made', async () => {
  const [game] = engines;
  const { server, main } = open();
  const [id] = await gather(server, [game!]);
  expect(main.ping.rpcId(id! ^ 1)).toBe(ErrorCode.ERR_INVALID_PARAMETER);
  expect(main.ping.rpcId(1)).toBe(ErrorCode.ERR_INVALID_PARAMETER);
});
