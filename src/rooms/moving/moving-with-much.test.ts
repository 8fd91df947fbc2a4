import { expect, test } from 'vitest';
import { House, roomOf } from '../../../test/support/rooms.ts';

test('a player for whom much waits is moved without more than its queue holds on the way', () => {
  const kind = { capacity: 4, sleep: { inboundBufferSize: 16_384 }, open: () => ({}) };
  const house = new House({ kinds: { match: kind } });
  const [red, blue] = [roomOf(house.rooms.create('match', { code: 'red' })), roomOf(house.rooms.create('match'))];
  const ada = house.enter('/?room=red');
  const { id } = ada;
  house.settle(60);
  const sizes: number[] = [];
  ada.multiplayer.peerPacket.connect((_, packet) => void sizes.push(packet.length));
  const socket = red.inside.peer.getPeer(id)!;
  const before = socket.getStatistics().bytesSent;
  const expected = [10_000, 9_000, 8_000, 7_000, 3];
  for (const size of expected) red.multiplayer.sendBytes(new Uint8Array(size), id);
  ada.isAsleep = true;
  red.move(id, blue);
  house.settle();
  const sent = socket.getStatistics().bytesSent - before;
  expect(sent).toBeGreaterThan(10_000);
  expect(sent).toBeLessThan(16_384);
  ada.isAsleep = false;
  house.settle();
  expect([sizes, blue.players, house.rooms.roomOf(id)]).toEqual([expected, [id], blue]);
});
