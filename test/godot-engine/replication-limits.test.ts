import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { catchUp } from './engine/catch-up.ts';
import { play } from './engine/play.ts';
import { useWorld } from './engine/use-world.ts';
import { told } from './ours/side.ts';
import { expectNext, expectSoon } from './ours/until.ts';
import { unit } from './ours/world.ts';

const engines = useWorld(1);
const game = () => engines[0]!;

test('the time of SYNCs wraps after 65,536 of them, and the engine goes on taking them', async () => {
  const { server, world, ids } = await play([game()]);
  const { state } = world;
  let [sent, last] = [0, ''];
  while (sent < 66_000) {
    for (let count = 0; count < 1000; count++) {
      state.tick++;
      server.multiplayer.poll();
      await turn();
    }
    const syncs = server.peer.sent.splice(0).filter(({ hex }) => hex.startsWith('06'));
    sent += syncs.length;
    last = syncs.at(-1)?.hex ?? last;
    await catchUp(server, ids[0]!, game());
  }
  expect(Buffer.from(last, 'hex').readUInt16LE(1)).toBeLessThan(2000);
  state.tick = -1;
  await expectSoon(() => game().run('at("State").tick'), -1);
}, 120_000);

test('long values: in a spawn, in its data, on change', async () => {
  const { world } = await play([game()]);
  const long = 'ü'.repeat(15_000);
  world.units.addChild(unit.instantiate({ name: 'u1', title: long }));
  world.units.spawn({ name: 'u2', note: long });
  await expectNext(game().lines, [told('spawned', 'Spawner', 'u1'), told('spawned', 'Spawner', 'u2')]);
  const lengths = '[at("Units/u1").title.length(), at("Units/u2").data.note.length(), at("State").label.length()]';
  world.state.label = long;
  await expectSoon(() => game().run(lengths), [15_000, 15_000, 15_000]);
});
