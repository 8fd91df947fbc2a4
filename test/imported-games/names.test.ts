import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rpc, SceneMultiplayer, WebSocketMultiplayerPeer } from 'tickpeer/multiplayer';
import { Vector2 } from 'tickpeer/variant';
import { expect, onTestFinished, test } from 'vitest';
import { ENTER, playerScene, roundScene } from '../../examples/snowball-fight/scenes.ts';
import { runCommand } from '../support/fake-terminal.ts';

test('names of a game, by import --names, are those that connect --godot shows and calls', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tickpeer-names-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const names = join(folder, 'names.json');
  const game = fileURLToPath(new URL('../../examples/snowball-fight/game/', import.meta.url));
  expect(await runCommand(['import', game, '--names', names, '--quiet']).exitCode).toBe(0);

  const peer = new WebSocketMultiplayerPeer();
  peer.createServer(0, '127.0.0.1');
  const multiplayer = new SceneMultiplayer();
  multiplayer.multiplayerPeer = peer;
  const entered: string[] = [];
  multiplayer.node('Main', { enter: rpc.anyPeer(ENTER, (_from, name) => entered.push(name)) });
  const players = multiplayer.spawner('Main/PlayerSpawner', { spawnPath: '../Arena/Players', scenes: [playerScene] });
  multiplayer.addChild('Main', roundScene.instantiate({ name: 'Round' }));
  const player = playerScene.instantiate({ name: '7' });
  players.addChild(player);
  player.position = new Vector2(3, 4);
  const loop = setInterval(() => multiplayer.poll(), 5);
  onTestFinished(() => {
    clearInterval(loop);
    peer.close();
  });

  const url = `ws://127.0.0.1:${peer.getLocalPort()}/`;
  const line = '{"node": "Main", "method": "enter", "args": ["Ada"]}';
  const run = runCommand(['connect', url, '--godot', '--rpc', names, '-m', line, '--wait', '60']);
  await run.prints(
    /spawn Main\/Arena\/Players\/7 .* by Main\/PlayerSpawner, scene 0: position=Vector2\(3, 4\), health=3/,
  );
  await run.prints(/sync \d+: Main\/Arena\/Players\/7\/Sync position=Vector2\(3, 4\)/);
  run.interrupt();
  expect(await run.exitCode).toBe(130);
  expect(entered).toEqual(['Ada']);
});
