import { Vector2 } from 'tickpeer/variant';
import { expect, test } from 'vitest';
import { catchUp } from './engine/catch-up.ts';
import { play } from './engine/play.ts';
import { joinAll, serve } from './engine/serve.ts';
import { useWorld } from './engine/use-world.ts';
import { told } from './ours/side.ts';
import { expectNext, expectSoon, until } from './ours/until.ts';
import { avatar, nodeAt, openWorld, tower, type World } from './ours/world.ts';

const engines = useWorld(2);
const [first, second] = [() => engines[0]!, () => engines[1]!];
const spawned = (name: string) => told('spawned', 'OtherSpawner', name);

test('a node that belongs to the client it is named after, all of it: our server spawns it', async () => {
  const { server, world, ids } = await play(engines);
  const [a = 0] = ids;
  const one = avatar.instantiate({ name: `${a}` });
  one.setMultiplayerAuthority(a);
  world.others.addChild(one);
  for (const { lines } of engines) await expectNext(lines, [spawned(`${a}`)]);
  await first().run(`at("Others/${a}").set("position", Vector2(4, 5))`);
  await first().run(`at("Others/${a}").set("hp", 2)`);
  await until(() => one.position.x === 4 && one.hp === 2);
  await expectSoon(() => second().run(`brief(at("Others/${a}"))`), [4, 5, 2]);
  await first().run(`at("Others/${a}").rpc("say", "mine")`);
  await expectNext(server.told, [told('say', a, `${a}`, 'mine')]);
  await expectNext(second().lines, [told('say', a, `${a}`, 'mine')]);
});

test('a node that belongs to the client it is named after: the engine spawns it, our client moves it', async () => {
  const hub = await serve(first());
  await first().run('enter()');
  const worlds: World[] = [];
  const sides = await joinAll(hub, 2, (side) => worlds.push(openWorld(side)));
  const [a, b] = sides;
  for (const world of worlds) {
    world.others.spawned.connect((node) => node.setMultiplayerAuthority(Number(node.name)));
  }
  await first().run(`add("Others", "res://avatar.tscn", "${a!.id}")`);
  for (const side of sides) await expectNext(side.told, [spawned(`${a!.id}`)]);
  const path = `Others/${a!.id}`;
  const [own, other] = worlds.map((world) => nodeAt(world, avatar, path));
  own!.position = new Vector2(4, 5);
  own!.hp = 2;
  await expectSoon(() => first().run(`brief(at("${path}"))`), [4, 5, 2]);
  await until(() => other!.position.x === 4 && other!.hp === 2);
  worlds[0]!.avatarCalls.at(`World/${path}`).say.rpc('mine');
  for (const lines of [first().lines, b!.told]) await expectNext(lines, [told('say', a!.id, `${a!.id}`, 'mine')]);
});

test('a part of a property, other nodes, and synchronizers with another root: to the engine', async () => {
  const { world } = await play([first()]);
  const one = tower.instantiate({ name: 't1', hp: 9, ammo: 4, 'position:x': 7 });
  one.getNode('Gun').rotation = 0.5;
  one.getNode('Gun/Barrel').scale = new Vector2(2, 3);
  world.others.addChild(one);
  await expectNext(first().lines, [spawned('t1')]);
  const all =
    '[value("Others/t1", "position"), at("Others/t1").hp, at("Others/t1").ammo, at("Others/t1/Gun").rotation, value("Others/t1/Gun/Barrel", "scale")]';
  await expectSoon(() => first().run(all), [[7, 0], 9, 4, 0.5, [2, 3]]);
  one['position:x'] = -1;
  one.hp = 8;
  one.ammo = 3;
  one.getNode('Gun').rotation = 0.25;
  one.getNode('Gun/Barrel').scale = new Vector2(5, 5);
  await expectSoon(() => first().run(all), [[-1, 0], 8, 3, 0.25, [5, 5]]);
});

test('a part of a property, other nodes, and synchronizers with another root: from the engine', async () => {
  const hub = await serve(first());
  await first().run('enter()');
  const worlds: World[] = [];
  const [side] = await joinAll(hub, 1, (other) => worlds.push(openWorld(other)));
  await first().run('add("Others", "res://tower.tscn", "t1", {"hp": 9, "ammo": 4, "position": Vector2(7, 8)})');
  await expectNext(side!.told, [spawned('t1')]);
  const one = nodeAt(worlds[0]!, tower, 'Others/t1');
  expect([one.hp, one.ammo, one['position:x']]).toEqual([9, 4, 7]);
  await first().run('at("Others/t1").set("position", Vector2(-1, 0))');
  await first().run('at("Others/t1").set("ammo", 3)');
  await first().run('at("Others/t1/Gun").set("rotation", 0.25)');
  await first().run('at("Others/t1/Gun/Barrel").set("scale", Vector2(5, 5))');
  await until(() => one['position:x'] === -1 && one.ammo === 3);
  await until(() => one.getNode('Gun').rotation === 0.25 && one.getNode('Gun/Barrel').scale.x === 5);
});

test('one of two synchronizers is seen by one engine only: the node is at both, and what that one sends is not', async () => {
  const { server, world, ids } = await play(engines);
  const [a = 0, b = 0] = ids;
  const one = tower.instantiate({ name: 't1' });
  one.getNode('Net/TeamSync').addVisibilityFilter((id) => id === a);
  world.others.addChild(one);
  for (const { lines } of engines) await expectNext(lines, [spawned('t1')]);
  one.ammo = 1;
  one.hp = 2;
  await expectSoon(() => first().run('[at("Others/t1").hp, at("Others/t1").ammo]'), [2, 1]);
  await expectSoon(() => second().run('at("Others/t1").hp'), 2);
  await catchUp(server, b, second());
  expect(await second().run('at("Others/t1").ammo')).toBe(5);
});

test('our client sees only one of two synchronizers of the engine', async () => {
  const hub = await serve(first());
  await first().run('enter()');
  const worlds: World[] = [];
  const sides = await joinAll(hub, 2, (other) => worlds.push(openWorld(other)));
  const [a, b] = sides;
  await first().run('add("Others", "res://tower.tscn", "t1")');
  for (const side of sides) await expectNext(side.told, [spawned('t1')]);
  const [ofA, ofB] = worlds.map((world) => nodeAt(world, tower, 'Others/t1'));
  await first().run('at("Others/t1/Net/TeamSync").set("public_visibility", false)');
  await first().run(`at("Others/t1/Net/TeamSync").set_visibility_for(${a!.id}, true)`);
  await first().run('at("Others/t1").set("ammo", 1)');
  await first().run('at("Others/t1").set("hp", 2)');
  await until(() => ofA!.ammo === 1 && ofA!.hp === 2 && ofB!.hp === 2);
  expect([ofB!.ammo, b!.told]).toEqual([5, []]);
});
