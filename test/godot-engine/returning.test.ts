import { rpc } from 'tickpeer/multiplayer';
import { string, Vector2 } from 'tickpeer/variant';
import { expect, test } from 'vitest';
import { CodeBlocks } from '../docs/document.ts';
import type { EngineRun } from './engine/engine.ts';
import { project } from './engine/project.ts';
import { useWorld } from './engine/use-world.ts';
import { dump } from './ours/random-game.ts';
import { Side, told } from './ours/side.ts';
import { expectNext, expectSoon, until } from './ours/until.ts';
import { nodeAt, openWorld, player, unit } from './ours/world.ts';

/** The script `connection.gd`, read from docs/returning.md. */
const AUTOLOAD = new CodeBlocks('returning.md').under('The game', 'gdscript');
const SETTINGS = `${project('')['project.godot']}\n[autoload]\n\nConnection="*res://connection.gd"\n`;

const engines = useWorld(2, { 'connection.gd': AUTOLOAD, 'project.godot': SETTINGS });

/** A server with the game's world, in which players come back. */
function serve() {
  const server = Side.server({ returning: { graceTime: 60 } });
  const world = openWorld(server);
  const { multiplayer } = server;
  const connection = multiplayer.node('Connection', { take_token: rpc.authority([string]) });
  const giveToken = (id: number): void => {
    const token = multiplayer.getReturnToken(id);
    if (token !== null) connection.take_token.rpcId(id, token);
  };
  multiplayer.peerConnected.connect(giveToken);
  multiplayer.peerAway.connect((id) => server.tell('away', id));
  multiplayer.peerBack.connect((id, lost) => {
    server.tell('back', id, lost);
    giveToken(id);
  });
  return { server, world };
}

/** An engine enters the world and connects. Returns its id. */
async function join({ run, lines }: EngineRun, { url, told: news }: Side, others: readonly number[]): Promise<number> {
  await run('enter()');
  await run('get_node("/root/Connection").take_token("")'); // that of an earlier test
  await run(`get_node("/root/Connection").start("${url}/play")`);
  const peers = [1, ...others].map((id) => told('peer_connected', id));
  await expectNext(lines, [told('connected_to_server'), ...peers]);
  const id = (await run('multiplayer.get_unique_id()')) as number;
  await expectNext(news, [told('peer_connected', id)]);
  return id;
}

/** Waits until the game has the token that is valid now. */
async function haveToken({ run }: EngineRun, { multiplayer }: Side, id: number): Promise<void> {
  await expectSoon(() => run('get_node("/root/Connection").load_token()'), multiplayer.getReturnToken(id));
}

test.each([
  ['whose connection breaks', false],
  ['whose page is loaded again', true],
])(
  'a player %s comes back: the same id and state, what it has missed, and the others see nothing',
  async (_, isReload) => {
    const [ada, bob] = engines as [EngineRun, EngineRun];
    const { server, world } = serve();
    const id = await join(ada, server, []);
    const other = await join(bob, server, [id]);
    await expectNext(ada.lines, [told('peer_connected', other)]);
    const players = [id, other].map((of) => player.instantiate({ name: `${of}`, player_name: `P${of}` }));
    for (const node of players) world.players.addChild(node);
    const gone = unit.instantiate({ name: 'Gone' });
    const kept = unit.instantiate({ name: 'Kept' });
    for (const node of [gone, kept]) world.units.addChild(node);
    const names = ['Spawner Gone', 'Spawner Kept', ...players.map(({ name }) => `PlayerSpawner ${name}`)];
    for (const { lines } of [ada, bob]) {
      await until(() => lines.length === 4);
      expect(
        lines
          .splice(0)
          .map((line) => /"(\w+)","(\w+)"/.exec(line)!.slice(1).join(' '))
          .sort(),
      ).toEqual(names.sort());
    }
    const see = async (who: EngineRun, of: number, motion: number): Promise<void> => {
      await expectSoon(() => who.run(`value("Players/${of}/Inputs", "motion")`), [motion, 0]);
    };
    const move = async ({ run }: EngineRun, of: number, motion: number): Promise<void> => {
      await run(`at("Players/${of}/Inputs").set("motion", Vector2(${motion}, 0))`);
      await run(`at("Players/${of}/Inputs").set("bombing", ${motion % 2 === 1})`);
      await until(() => nodeAt(world, player, `Players/${of}`).getNode('Inputs').motion.x === motion);
      await until(() => nodeAt(world, player, `Players/${of}`).getNode('Inputs').bombing === (motion % 2 === 1));
    };
    await move(ada, id, 1);
    await move(bob, other, 2);
    await see(bob, id, 1);
    await see(ada, other, 2);

    for (const round of [3, 5, 7]) {
      await haveToken(ada, server, id);
      const leaving = isReload ? ada.reload() : server.peer.getPeer(id)?.close(-1);
      await until(() => server.multiplayer.getAwayPeers().length === 1);
      if (round === 3) gone.free();
      kept.hp = round;
      world.units.addChild(unit.instantiate({ name: `New${round}`, position: new Vector2(round, 1) }));
      for (const text of ['one', 'two', 'three']) {
        world.unitCalls.at(`World/Units/New${round}`).mark.rpcId(id, round);
        await bob.run(`multiplayer.send_bytes("${text}".to_utf8_buffer(), ${id})`);
      }
      await move(bob, other, round + 1);
      await leaving;
      if (isReload) {
        await ada.run('enter()');
        await ada.run(`get_node("/root/Connection").start("${server.url}/play")`);
      }
      await until(() => server.told.length === 2);
      expect(server.told.splice(0)).toEqual([told('away', id), told('back', id, 0)]);
      await expectSoon(() => ada.run('multiplayer.get_unique_id()'), id);
      await expectSoon(
        () => ada.run('dump()'),
        dump(world, () => true),
      );
      const bytes = ['one', 'two', 'three'].map((text) =>
        told('peer_packet', other, Buffer.from(text).toString('hex')),
      );
      await until(() => ada.lines.filter((line) => line.startsWith('peer_packet')).length === bytes.length);
      expect(ada.lines.splice(0).filter((line) => line.startsWith('peer_packet'))).toEqual(bytes);
      await see(ada, other, round + 1);
      await move(ada, id, round);
      await see(bob, id, round);
      // A call of each other, by number at the second time.
      for (let time = 0; time < 2; time++) {
        await ada.run(`at("Players/${id}").rpc_id(${other}, "poke", "${round}")`);
        await until(() => bob.lines.filter((line) => line.startsWith('poke')).length > time);
      }
      expect(bob.lines.splice(0).filter((line) => !/^(de)?spawned/.test(line))).toEqual(
        Array(2).fill(told('poke', id, `${id}`, `${round}`)),
      );
    }
  },
  120_000,
);

test('with a token that is not valid, the game comes as a new player', async () => {
  const [ada] = engines as [EngineRun];
  const { server } = serve();
  await ada.run('enter()');
  await ada.run('get_node("/root/Connection").take_token("abc")');
  await ada.run(`get_node("/root/Connection").start("${server.url}/play")`);
  await expectNext(ada.lines, [told('connection_failed'), told('connected_to_server'), told('peer_connected', 1)]);
  const id = (await ada.run('multiplayer.get_unique_id()')) as number;
  await expectNext(server.told, [told('peer_connected', id)]);
  await haveToken(ada, server, id);
});
