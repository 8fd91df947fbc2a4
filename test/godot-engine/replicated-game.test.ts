import { Vector2 } from 'tickpeer/variant';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { readProject } from '../../examples/godot-page/project-files.ts';
import type { Fight } from '../../examples/snowball-fight/fight.ts';
import type { Player } from '../../examples/snowball-fight/scenes.ts';
import { newBot, openFight, PROJECT } from '../snowball-fight/support.ts';
import { newPage } from '../support/chromium.ts';
import { startEngine, stopEngines } from './engine/engine.ts';
import { project } from './engine/project.ts';
import { until } from './ours/until.ts';

/** Chromium renders in software: the tests' machines have no graphics card. */
const GL = ['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'];
const HARMLESS = /global script cache|get_global_class_list/;
/** Printed when a page that renders in software takes more than a second to confirm a path, which is then sent again. */
const LATE = /Duplicate remote cache ID|process_simplify_path/;
const PATIENCE = 30_000;

afterAll(stopEngines);

function find(fight: Fight, name: string): Player | undefined {
  return fight.players.find(({ player_name }) => player_name === name);
}

test('a visitor of the page enters, walks by keys, throws, and hits', async () => {
  const { server, fight, url } = await openFight();
  const refused: string[] = [];
  server.multiplayer.badPacket.connect((_id, { message }) => refused.push(message));
  const page = await newPage(GL);
  onTestFinished(() => page.close());
  await page.setViewportSize({ width: 360, height: 600 });
  const complaints: string[] = [];
  page.on('console', (message) => {
    const isError = message.type() === 'error' && !HARMLESS.test(message.text()) && !LATE.test(message.text());
    if (isError) complaints.push(message.text());
  });
  await page.goto(url);
  await page.waitForSelector('#curtain', { state: 'hidden' });
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('Ada', { delay: 30 });
  await page.keyboard.press('Enter', { delay: 100 });
  await until(() => find(fight, 'Ada') !== undefined, PATIENCE);
  const ada = find(fight, 'Ada')!;

  ada.position = new Vector2(100, 300);
  await page.keyboard.down('d');
  await until(() => ada.position.x > 160, PATIENCE);
  const bob = newBot(url, 'Bob');
  await until(() => {
    bob.poll();
    return find(fight, 'Bob') !== undefined;
  }, PATIENCE);
  const target = find(fight, 'Bob')!;
  target.position = new Vector2(ada.position.x + 200, 300);
  await page.keyboard.press(' ', { delay: 100 }); // towards where she walks
  await until(() => {
    bob.poll();
    return bob.players.some(({ player_name, health }) => player_name === 'Bob' && health === 2);
  }, PATIENCE);
  await page.keyboard.up('d');
  await until(() => ada.getNode('Inputs').motion.x === 0, PATIENCE);

  await page.close();
  await until(() => find(fight, 'Ada') === undefined, PATIENCE);
  expect([...complaints, ...refused]).toEqual([]);
}, 120_000);

test('the game’s tree is that of the server: players, snowballs and the round, also for who comes late', async () => {
  const { server, fight, url } = await openFight();
  const refused: string[] = [];
  server.multiplayer.badPacket.connect((_id, { message }) => refused.push(message));
  const bob = newBot(url, 'Bob');
  await until(() => {
    bob.poll();
    return bob.self !== null;
  }, PATIENCE);
  const files = readProject(PROJECT);
  const settings = `${files['project.godot']}\n[autoload]\n\nDriver="*res://client.gd"\n`;
  const { run, errors } = await startEngine({
    ...files,
    'project.godot': settings,
    'client.gd': project('')['client.gd']!,
  });
  const becomes = async (expression: string, expected: unknown): Promise<void> => {
    for (const latest = performance.now() + PATIENCE; (await run(expression)) !== expected; bob.poll()) {
      if (performance.now() > latest) throw new Error(`${expression} is ${await run(expression)}, not ${expected}`);
    }
  };
  const main = 'get_node("/root/Main")';
  await run(`${main}.get_node("%UrlEdit").set("text", "${url.replace('http', 'ws')}")`);
  await run(`${main}.get_node("%NameEdit").set("text", "Ada")`);
  await run(`${main}.join()`);
  await becomes(`${main}.get_node("Arena/Players").get_child_count()`, 2);
  await becomes(`${main}.get_node("Arena/Players/${bob.id}").player_name`, 'Bob');
  await becomes(`${main}.get_node("Round").seconds_left > 0`, true);
  find(fight, 'Ada')!.position = new Vector2(100, 100);
  find(fight, 'Bob')!.position = new Vector2(700, 500);
  await becomes(`${main}.get_node("Arena/Players/${bob.id}").position.x`, 700);

  bob.self!.getNode('Inputs').aim = new Vector2(-1, 0);
  bob.self!.getNode('Inputs').throws++;
  await becomes(`${main}.get_node("Arena/Snowballs").get_child_count()`, 1);
  expect(await run(`${main}.get_node("Arena/Snowballs").get_child(0).velocity.x`)).toBe(-430);
  await becomes(`${main}.get_node("Arena/Snowballs").get_child_count()`, 0);
  bob.leave();
  await becomes(`${main}.get_node("Arena/Players").get_child_count()`, 1);
  expect([...errors, ...refused]).toEqual([]);
}, 120_000);
