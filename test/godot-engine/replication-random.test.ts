import { afterEach, test } from 'vitest';
import { Random } from '../../src/testing/random.ts';
import { catchUp, catchUpWithServer } from './engine/catch-up.ts';
import { play } from './engine/play.ts';
import { joinAll, serve } from './engine/serve.ts';
import { useWorld } from './engine/use-world.ts';
import { dump, RandomGame } from './ours/random-game.ts';
import { sides } from './ours/side.ts';
import { expectSoon, until } from './ours/until.ts';
import { openWorld, type World } from './ours/world.ts';

const STEPS = 200;
const SEEDS = [1, 2, 3];

const engines = useWorld(2);
const [first, second] = [() => engines[0]!, () => engines[1]!];

/** What is told of each node and peer does not matter here. */
afterEach(() => {
  for (const lines of [...engines.map((engine) => engine.lines), ...[...sides].map((side) => side.told)]) {
    lines.splice(0, lines.length, ...lines.filter((line) => !/^(de)?spawned|^peer_|^connected/.test(line)));
  }
});

test.each(SEEDS)('random changes of our world: both engines have what they see of it (seed %i)', async (seed) => {
  const { server, world, ids } = await play(engines);
  const random = new Random(seed);
  const game = new RandomGame(world, random);
  const [a = 0, b = 0] = ids;
  const check = async (id: number, run: (expression: string) => Promise<unknown>): Promise<void> => {
    const seen = dump(world, (sync) => sync.publicVisibility || sync.getVisibilityFor(id));
    await expectSoon(() => run('dump()'), seen);
  };
  for (let step = 1; step <= STEPS; step++) {
    if (game.step(ids)) {
      await catchUp(server, a, first());
      await catchUp(server, b, second());
    }
    if (random.chance(0.5)) await until(() => true);
    if (step % 50 === 0) {
      await check(a, first().run);
      await check(b, second().run);
    }
  }
  // The second one joins again, and gets all that is there then.
  await second().run('leave()');
  await until(() => server.multiplayer.getPeers().length === 1);
  for (let step = 0; step < 20; step++) if (game.step([a])) await catchUp(server, a, first());
  await second().run('enter()');
  await second().run(`join("${server.url}")`);
  await until(() => server.multiplayer.getPeers().length === 2);
  await check(server.multiplayer.getPeers()[1]!, second().run);
  await check(a, first().run);
});

test.each(SEEDS)(
  'random changes of the engine’s world: both clients of ours have what they see of it (seed %i)',
  async (seed) => {
    const hub = await serve(first());
    await first().run('enter()');
    const worlds: World[] = [];
    const clients = await joinAll(hub, 2, (side) => worlds.push(openWorld(side)));
    const ids = clients.map(({ id }) => id);
    await first().run(`start_random(${seed})`);
    const check = async (): Promise<void> => {
      await catchUpWithServer(hub);
      for (const [index, id] of ids.entries()) {
        const expected = await first().run(`dump(${id})`);
        await expectSoon(() => dump(worlds[index]!), expected);
      }
    };
    for (let step = 0; step < STEPS; step += 10) {
      await first().run(`change_often(10, [0, ${ids.join(', ')}])`);
      if (step % 50 === 0) await check();
    }
    await check();
  },
);
