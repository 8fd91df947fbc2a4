import { rpc } from 'tickpeer/multiplayer';
import { array, int, packedByteArray, string } from 'tickpeer/variant';
import { expect, test } from 'vitest';
import { patternBytes, patternText, sameBytes } from '../support/payloads.ts';
import { gather } from './engine/gather.ts';
import { useEngines } from './engine/use-engines.ts';
import { hexOf } from './ours/recording-peer.ts';
import { Side, told } from './ours/side.ts';
import { expectNext, until } from './ours/until.ts';

const KIB_64 = 65_536;
const BUFFER_SIZE = 4 * 1024 * 1024;

const engines = useEngines(`
var _last_packet: PackedByteArray

func _ready() -> void:
	multiplayer.peer_packet.connect(func(_id: int, packet: PackedByteArray) -> void: _last_packet = packet)
	super()

@rpc("any_peer") func blob(value: PackedByteArray) -> void:
	rpc_id(1, "blob", value)

@rpc("any_peer") func list(value: Array) -> void:
	rpc_id(1, "list", value)

@rpc("any_peer") func text(value: String) -> void:
	rpc_id(1, "text", value)
`);

function open(compression = false) {
  const server = Side.server({
    peer: { inboundBufferSize: BUFFER_SIZE, outboundBufferSize: BUFFER_SIZE, compression },
  });
  const came: unknown[] = [];
  const keep = (_from: number, value: unknown): unknown => came.push(value);
  const main = server.multiplayer.node('Main', {
    blob: rpc.anyPeer([packedByteArray], keep),
    list: rpc.anyPeer([array(int)], keep),
    text: rpc.anyPeer([string], keep),
  });
  return { server, main, came };
}

test.each(['as they are', 'compressed'])('RPCs of 64 KiB are sent to the engine and back: %s', async (form) => {
  const [game] = engines;
  const { server, main, came } = open(form === 'compressed');
  const [id] = await gather(server, [game!], { bufferSize: BUFFER_SIZE });
  const bytes = patternBytes(KIB_64);
  const text = patternText(KIB_64);
  const numbers = Array.from({ length: KIB_64 / 8 }, (_, index) => index * 1_000_003);
  main.blob.rpcId(id!, bytes);
  main.text.rpcId(id!, text);
  main.list.rpcId(id!, numbers);
  await until(() => came.length === 3);
  expect(sameBytes(came[0] as Uint8Array, bytes)).toBe(true);
  expect(came[1] === text).toBe(true);
  expect(came[2]).toEqual(numbers);
  const { bytesSent = 0, bytesReceived = 0 } = server.peer.getPeer(id!)?.getStatistics() ?? {};
  expect([bytesSent, bytesReceived].map((size) => size < 3 * KIB_64)).toEqual(Array(2).fill(form === 'compressed'));
});

test('many at once arrive in their order', async () => {
  const [game] = engines;
  const { server, main, came } = open();
  const [id] = await gather(server, [game!], { bufferSize: BUFFER_SIZE });
  const all = Array.from({ length: 24 }, (_, seed) => patternBytes(KIB_64 + seed, seed));
  for (const bytes of all) main.blob.rpcId(id!, bytes);
  await until(() => came.length === all.length);
  expect(all.every((bytes, index) => sameBytes(came[index] as Uint8Array, bytes))).toBe(true);
});

test('bytes arrive in their order, too', async () => {
  const [game] = engines;
  const { server } = open();
  const [id] = await gather(server, [game!], { bufferSize: BUFFER_SIZE });
  for (const size of [1, 125, 126, KIB_64, 300_000]) {
    const bytes = patternBytes(size);
    server.multiplayer.sendBytes(bytes, id);
    await expectNext(game!.lines, [told('peer_packet', 1, hexOf(bytes))]);
    await game!.run('multiplayer.send_bytes(_last_packet, 1)');
    await expectNext(server.told, [told('peer_packet', id, hexOf(bytes))]);
  }
});

test('one that is too large for the buffers of the engine is lost, and the next one comes', async () => {
  const [game] = engines;
  const { server, main, came } = open();
  const [id] = await gather(server, [game!]);
  main.blob.rpcId(id!, patternBytes(2 * KIB_64));
  main.blob.rpcId(id!, patternBytes(16));
  await until(() => came.length === 1);
  expect(came).toEqual([patternBytes(16)]);
  await expectNext(game!.errors, ['ERROR: Buffer payload full! Dropping data.']);
});
