import { join } from 'node:path';
import { rpc } from 'tickpeer/multiplayer';
import { string, variant } from 'tickpeer/variant';
import { expect, onTestFinished, test } from 'vitest';
import { type RunningCommand, runCommand } from '../support/fake-terminal.ts';
import { projectFolder } from '../support/imported-game.ts';
import { gather } from './engine/gather.ts';
import { project } from './engine/project.ts';
import { useEngines } from './engine/use-engines.ts';
import { Side, told } from './ours/side.ts';
import { expectNext, until } from './ours/until.ts';

const SCRIPT = `
@rpc("any_peer") func greet(text: String) -> void:
	tell_call("greet", [text])

@rpc("any_peer") func point(at, more) -> void:
	tell_call("point", [var_to_str(at), var_to_str(more)])

@rpc("authority") func state(text: String) -> void:
	tell_call("state", [text])
`;
const engines = useEngines(SCRIPT);
const game = () => engines[0]!;

/** The names of the engine's project, as a file for `--rpc`. */
async function namesFile(): Promise<string> {
  const { folder, remove } = projectFolder(project(SCRIPT));
  onTestFinished(remove);
  const file = join(folder, 'names.json');
  expect(await runCommand(['import', folder, '--names', file, '--quiet']).exitCode).toBe(0);
  return file;
}

/** A server of ours with an engine, and the command as another client. */
async function enter() {
  const names = await namesFile();
  const server = Side.server();
  const main = server.multiplayer.node('Main', {
    greet: rpc.anyPeer([string], server.teller('greet')),
    point: rpc.anyPeer([variant, variant]),
    state: rpc.authority([string]),
  });
  const [engine = 0] = await gather(server, engines);
  const run = runCommand(['connect', server.url, '--godot', '--rpc', names, '--hide', 'sys-add-peer', '--wait', '60']);
  await until(() => / as \d+\./.test(run.stderr()) && run.stderr().includes(`peer ${engine} joined`));
  const own = Number(/ as (\d+)\./.exec(run.stderr())?.[1]);
  await expectNext(server.told, [told('peer_connected', own)]);
  await expectNext(game().lines, [told('peer_connected', own)]);
  return { server, main, run, engine, own };
}

async function leave(run: RunningCommand, server: Side, own: number): Promise<void> {
  run.interrupt();
  await until(() => server.multiplayer.getPeers().every((id) => id !== own));
  expect(await run.exitCode).toBe(130);
  await expectNext(server.told, [told('peer_disconnected', own)]);
  await expectNext(game().lines, [told('peer_disconnected', own)]);
}

test('connect --godot and an engine call each other through a server, by path and by number', async () => {
  const { server, run, engine, own } = await enter();
  for (const text of ['by its path', 'by its number']) {
    run.stdin.write(`{"node": "Main", "method": "greet", "args": ["${text}"], "to": ${engine}}\n`);
    await expectNext(game().lines, [told('greet', own, text)]);
    await game().run(`rpc_id(${own}, "greet", "${text} too")`);
    await until(() => run.stdout().includes(`relay from ${engine}: rpc Main.greet("${text} too")\n`));
  }
  run.stdin.write(
    `{"node": "Main", "method": "point", "args": [Vector2(1, -0.5), {"a": [1, 2.5]}], "to": ${engine}}\n`,
  );
  await expectNext(game().lines, [told('point', own, 'Vector2(1, -0.5)', '{\n"a": [1, 2.5]\n}')]);
  // The engine's checksum of the methods is that of the file, and the engine has found the same.
  expect(run.stdout()).toMatch(new RegExp(`relay from ${engine}: path \\d+ = Main\n`));
  expect(run.stdout()).toMatch(new RegExp(`relay from ${engine}: confirm path Main\n|confirm path \\d+ = Main\n`));
  expect(run.stdout()).not.toContain('differ');
  await leave(run, server, own);
});

test('calls and bytes of the server are shown, and --hide has left out what it names', async () => {
  const { server, main, run, engine, own } = await enter();
  main.state.rpc('on');
  await expectNext(game().lines, [told('state', 1, 'on')]);
  await until(() => run.stdout().includes('from 1: rpc Main.state("on")\n'));
  await game().run(`multiplayer.send_bytes("hi".to_utf8_buffer(), ${own})`);
  await until(() => run.stdout().includes(`relay from ${engine}: raw 2 bytes 6869\n`));
  run.stdin.write(`{"bytes": "0102", "to": ${engine}}\n`);
  await expectNext(game().lines, [told('peer_packet', own, '0102')]);
  expect(run.stdout()).not.toContain('add peer');
  await leave(run, server, own);
});
