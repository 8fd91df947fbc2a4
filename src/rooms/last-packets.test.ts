import { expect, test } from 'vitest';
import { House, roomOf } from '../../test/support/rooms.ts';
import { RoomCloseCode } from './room/room-close-code.ts';

test.each([
  { way: 'kick', code: RoomCloseCode.REFUSED },
  { way: 'close', code: RoomCloseCode.CLOSED },
])('what waits for a player is sent before a room ends its connection by $way', ({ way, code }) => {
  const house = new House({
    kinds: { match: { capacity: 4, sleep: { inboundBufferSize: 16_384 }, open: () => ({}) } },
  });
  const room = roomOf(house.rooms.create('match', { code: 'red' }));
  const ada = house.enter('/?room=red');
  house.settle(60);
  const sizes: number[] = [];
  ada.multiplayer.peerPacket.connect((_, packet) => void sizes.push(packet.length));
  for (const size of [10_000, 10_000, 3]) room.multiplayer.sendBytes(new Uint8Array(size), ada.id);
  expect(room.multiplayer.getPeerStatistics(ada.id)?.waitingPackets).toBe(2);
  if (way === 'kick') room.kick(ada.id, 'why');
  else room.close('why');
  house.settle();
  expect([sizes, ada.refusal]).toEqual([
    [10_000, 10_000, 3],
    [code, 'why'],
  ]);
});
