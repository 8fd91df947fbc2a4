import { expect, test } from 'vitest';
import { House, roomOf } from '../../test/support/rooms.ts';
import { rpc, type SleepOptions } from '../multiplayer/index.ts';
import { string } from '../variant/index.ts';

/** A room with two players, Ada and Bob, and what the room has said to each. */
function start(sleep: SleepOptions | false) {
  const house = new House({ kinds: { match: { capacity: 4, sleep, open: () => undefined } } });
  const room = roomOf(house.rooms.create('match', { code: 'red' }));
  const { say } = room.multiplayer.node('Main', { say: rpc.authority([string]) });
  const told: string[] = [];
  const players = ['ada', 'bob'].map((name) => {
    const guest = house.enter('/?room=red');
    const heard: string[] = [];
    guest.multiplayer.node('Main', { say: rpc.authority([string], (_, text) => void heard.push(text)) });
    room.multiplayer.peerAsleep.connect((id) => id === guest.id && told.push(`${name} asleep`));
    room.multiplayer.peerAwake.connect((id) => id === guest.id && told.push(`${name} awake`));
    return { guest, heard };
  });
  const run = (seconds: number, each: () => void = () => {}): void => {
    for (let time = 0; time < seconds * 1000; time += 40) {
      each();
      house.turn();
    }
  };
  return { house, room, say, told, run, ada: players[0]!, bob: players[1]! };
}

test('what is said to a player whose game does not run waits, and arrives in order', () => {
  const { say, told, run, ada, bob } = start({ after: 1 });
  ada.guest.isAsleep = true;
  const said: string[] = [];
  run(10, () => {
    said.push(`${said.length}`);
    say.rpc(said.at(-1)!);
  });
  run(0.2);
  expect([told, ada.heard, bob.heard]).toEqual([['ada asleep'], [], said]);
  ada.guest.isAsleep = false;
  run(0.5);
  expect([told, ada.heard]).toEqual([['ada asleep', 'ada awake'], said]);
});

test('a player for whom too much waits is closed with 4413, and the others stay', () => {
  const { room, say, told, run, ada, bob } = start({ after: 1, packets: 10 });
  ada.guest.isAsleep = true;
  run(3, () => say.rpc('x'));
  expect([told, room.players]).toEqual([['ada asleep'], [bob.guest.id]]);
  ada.guest.isAsleep = false;
  run(0.5);
  expect(ada.guest.refusal).toEqual([4413, 'too much waits for a game that does not run']);
});

test('a kind can be without that', () => {
  const { say, told, run, ada } = start(false);
  ada.guest.isAsleep = true;
  run(10, () => say.rpc('x'));
  expect(told).toEqual([]);
});
