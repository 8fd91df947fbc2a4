import { expect, onTestFinished, test, vi } from 'vitest';
import { always, onChange, scene, synchronizer } from '../../src/multiplayer/index.ts';
import { int, Vector2, vector2 } from '../../src/variant/index.ts';
import { table } from '../support/hub.ts';

const unit = scene('res://unit.tscn', { Sync: synchronizer({ position: always(vector2), health: onChange(int, 9) }) });
const OPTIONS = { spawnPath: '../Units', scenes: [unit] };
const NODES = 20;

/** A server that has spawned some nodes at `count` clients. */
function start(count: number) {
  const { server, clients, settle } = table(Array.from({ length: count }, (_, index) => index + 2));
  for (const { multiplayer } of clients) multiplayer.spawner('World/Spawner', OPTIONS);
  const units = server.multiplayer.spawner('World/Spawner', OPTIONS);
  const nodes = Array.from({ length: NODES }, (_, index) => unit.instantiate({ name: `unit${index}` }));
  for (const node of nodes) units.addChild(node);
  settle();
  const writes = [vi.spyOn(vector2, 'write'), vi.spyOn(int, 'write')];
  onTestFinished(() => {
    for (const spy of writes) spy.mockRestore();
  });
  return { server, nodes, writes };
}

test.each([1, 4, 16])('the values of a node are encoded once in a tick, for %i clients', (count) => {
  const { server, nodes, writes } = start(count);
  const sent: string[] = [];
  const { putPacket } = server.peer;
  server.peer.putPacket = (packet) => {
    sent.push(`${packet[0]} ${packet.length}`);
    return putPacket.call(server.peer, packet);
  };
  for (const node of nodes) node.position = new Vector2(1, 2);
  nodes[3]!.health = 5;
  server.multiplayer.poll();
  // Health is an integer of 32 bits, which is written without its schema.
  expect(writes.map(({ mock }) => mock.calls.length)).toEqual([NODES, 0]);
  // One SYNC and one DELTA for each: the time and 20 blocks of 20 bytes; the block of one node.
  expect(sent).toEqual(Array.from({ length: count }, () => [`6 ${3 + NODES * 20}`, `22 ${1 + 16 + 2}`]).flat());
});

test('nothing is encoded that no client sees', () => {
  const { server, nodes, writes } = start(2);
  for (const node of nodes) node.getNode('Sync').publicVisibility = false;
  server.multiplayer.poll();
  expect(writes.map(({ mock }) => mock.calls.length)).toEqual([0, 0]);
});
