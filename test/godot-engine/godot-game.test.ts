import type { Page } from 'playwright-core';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { readProject } from '../../examples/godot-page/project-files.ts';
import type { CoinGame, Player } from '../../examples/godot-server/coin-game.ts';
import { openHost, SOURCES } from '../godot-server/support.ts';
import { newPage } from '../support/chromium.ts';
import { type EngineRun, startEngine, stopEngines } from './engine/engine.ts';
import { project } from './engine/project.ts';
import { until } from './ours/until.ts';

/** Chromium renders in software: the tests' machines have no graphics card. */
const GL = ['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'];
/** What the engine prints at every start. */
const HARMLESS = /global script cache|get_global_class_list/;
/** Rendering in software gives few frames. */
const PATIENCE = 30_000;

afterAll(stopEngines);

interface Tab {
  readonly page: Page;
  readonly complaints: string[];
}

/** The example's own page, with the game's form on it. */
async function openTab(url: string): Promise<Tab> {
  const page = await newPage(GL);
  onTestFinished(() => page.close());
  await page.setViewportSize({ width: 360, height: 600 });
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' && !HARMLESS.test(message.text())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(url);
  await page.waitForSelector('#curtain', { state: 'hidden' });
  return { page, complaints };
}

/** Types a name into the game's form until a player of that name has joined: the form may appear late. */
async function enter({ page }: Tab, game: CoinGame, name: string): Promise<Player> {
  const find = (): Player | undefined => [...game.players.values()].find((player) => player.name === name);
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type(name, { delay: 30 });
  await page.keyboard.press('Enter', { delay: 100 });
  await until(() => find() !== undefined, PATIENCE);
  return find()!;
}

test('two tabs of the page play against each other, by keys and by pointer', async () => {
  const { host, game, url } = await openHost();
  const refused: string[] = [];
  host.server.multiplayer.badPacket.connect((_id, { message }) => refused.push(message));
  const [one, two] = [await openTab(url), await openTab(url)];
  const ada = await enter(one, game, 'Ada');
  const bob = await enter(two, game, 'Bob');
  expect(game.players.size).toBe(2);

  ada.position = { x: 100, y: 100 };
  game.coins[0] = { x: 500, y: 100 };
  await one.page.keyboard.down('d');
  await until(() => ada.score > 0 && ada.position.x > 460, PATIENCE);
  await one.page.keyboard.up('d');
  await until(() => ada.direction.x === 0, PATIENCE);

  bob.position = { x: 400, y: 300 };
  const box = (await two.page.locator('#canvas').boundingBox())!;
  await two.page.mouse.move(box.x + 30, box.y + 30);
  await two.page.mouse.down();
  await until(() => bob.position.x < 200 && bob.position.y < 200, PATIENCE);
  await two.page.mouse.up();
  await until(() => bob.direction.x === 0, PATIENCE);

  await two.page.close();
  await until(() => game.players.size === 1, PATIENCE);
  expect([...one.complaints, ...two.complaints, ...refused]).toEqual([]);
}, 120_000);

/** The example's project as it is, and `client.gd` beside it, which answers the tests' questions. */
function startGame(): Promise<EngineRun> {
  const files = readProject(SOURCES.project);
  const driver = project('')['client.gd']!;
  const settings = `${files['project.godot']}\n[autoload]\n\nDriver="*res://client.gd"\n`;
  return startEngine({ ...files, 'project.godot': settings, 'client.gd': driver });
}

/** As `%Name` in main.tscn. */
const part = (name: string): string => `get_node("/root/Main").get_node("%${name}")`;

test('the game shows its state: refused, joined, others joining and leaving, the server gone', async () => {
  const { host, game, url } = await openHost();
  const { run, errors } = await startGame();
  const text = (name: string): Promise<unknown> => run(`${part(name)}.text`);
  const seen = async (name: string, expected: string): Promise<void> => {
    for (const latest = performance.now() + PATIENCE; (await text(name)) !== expected; ) {
      if (performance.now() > latest) throw new Error(`${name} is "${await text(name)}", not "${expected}"`);
    }
  };
  expect([await text('Status'), await text('Message')]).toEqual([
    'Not connected',
    'Collect more coins than the others.',
  ]);

  await run(`${part('UrlEdit')}.set("text", "${url.replace('http', 'ws')}")`);
  await run(`${part('NameEdit')}.set("text", "<Ada>")`);
  await run('get_node("/root/Main").join()');
  await seen('Message', 'A name has 1 to 16 letters or digits.');
  expect([await text('Status'), game.players.size]).toEqual(['Not connected', 0]);

  await run(`${part('NameEdit')}.set("text", "Ada")`);
  await run('get_node("/root/Main").join()');
  await seen('Status', 'Connected');
  expect(await run(`${part('Entrance')}.visible`)).toBe(false);
  await until(() => game.players.size === 1, PATIENCE);
  const [ada] = [...game.players.values()] as [Player];
  game.coins.fill({ x: 0, y: 0 });
  ada.score = 4;
  game.coins[0] = ada.position;
  await until(() => ada.score === 5);
  game.secondsLeft = 0.01;
  for (const latest = performance.now() + PATIENCE; ; ) {
    if ((await run(`${part('Field')}.banner`)) === 'Ada wins with 5 coins') break;
    if (performance.now() > latest) throw new Error('nobody is said to have won');
  }
  expect(await run(`${part('Scores')}.get_child(0).get_child(1).text`)).toBe('Ada (you)');

  await host.stop();
  await seen('Message', 'The server has gone.\nStart it with: npm run example -- godot-server');
  expect(await text('Status')).toBe('Not connected');
  await run('get_node("/root/Main").join()');
  await seen(
    'Message',
    `No server answers at ${url.replace('http', 'ws')}\nStart it with: npm run example -- godot-server`,
  );
  expect(errors.filter((line) => !/WebSocket connection to|Disconnect reason/.test(line))).toEqual([]);
}, 120_000);
