import { rpc } from 'tickpeer/multiplayer';
import { string } from 'tickpeer/variant';
import { expect, test } from 'vitest';
import { catchUp } from './engine/catch-up.ts';
import { gather } from './engine/gather.ts';
import { useEngines } from './engine/use-engines.ts';
import { Side, told } from './ours/side.ts';
import { expectNext } from './ours/until.ts';

const engines = useEngines(
  `
@rpc("any_peer") func greet(text: String) -> void:
	tell_call("greet", [text])

@rpc("any_peer", "call_local") func shout(text: String) -> void:
	tell_call("shout", [text])

@rpc("authority") func state(text: String) -> void:
	tell_call("state", [text])
`,
  { count: 2 },
);
const [first, second] = [() => engines[0]!, () => engines[1]!];

function play(side: Side) {
  return side.multiplayer.node('Main', {
    greet: rpc.anyPeer([string], side.teller('greet')),
    shout: rpc.anyPeer([string], side.teller('shout'), { callLocal: true }),
    state: rpc.authority([string], side.teller('state')),
  });
}

/** A server, two engines, and a client of ours beside them: a bot. */
async function open() {
  const server = Side.server();
  const main = play(server);
  const [a = 0, b = 0] = await gather(server, engines);
  const bot = Side.client(server.url);
  const botMain = play(bot);
  await expectNext(bot.told, [
    told('connected_to_server'),
    told('peer_connected', 1),
    told('peer_connected', a),
    told('peer_connected', b),
  ]);
  for (const lines of [server.told, first().lines, second().lines]) {
    await expectNext(lines, [told('peer_connected', bot.id)]);
  }
  server.peer.sent.length = 0;
  return { server, main, bot, botMain, a, b };
}

/** The arguments of greet("2"), whose id is 0. */
const GREETING = '01040000000100000032000000';
const hex = (text: string): string => Buffer.from(text).toString('hex');
/** As ids stand in packets. */
function int32(id: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(id);
  return bytes.toString('hex');
}

test('two engines call each other through our server', async () => {
  const { server, a, b } = await open();
  await first().run(`rpc_id(${b}, "greet", "to b")`);
  await expectNext(second().lines, [told('greet', a, 'to b')]);
  await second().run(`rpc_id(${a}, "greet", "to a")`);
  await expectNext(first().lines, [told('greet', b, 'to a')]);
  await catchUp(server, a, first());
  await first().run(`rpc_id(${b}, "greet", "2")`);
  await expectNext(second().lines, [told('greet', a, '2')]);
  const call = `000100${GREETING}`;
  expect(server.peer.received.at(-1)).toEqual({ peer: a, hex: `0703${int32(b)}${call}` });
  expect(server.peer.sent.at(-1)).toEqual({ peer: b, hex: `0703${int32(a)}${call}` });
  expect(server.told).toEqual([]);
});

test('an engine and a bot of ours call each other', async () => {
  const { bot, botMain, a, b } = await open();
  for (const text of ['full', 'short']) {
    await first().run(`rpc_id(${bot.id}, "greet", "${text}")`);
    await expectNext(bot.told, [told('greet', a, text)]);
    botMain.greet.rpcId(a, text);
    botMain.greet.rpcId(b, text);
    await expectNext(first().lines, [told('greet', bot.id, text)]);
    await expectNext(second().lines, [told('greet', bot.id, text)]);
  }
});

test('a call to all peers reaches all others, and the caller with call_local', async () => {
  const { server, main, bot, botMain, a } = await open();
  const callers: [number, (method: 'greet' | 'shout', text: string) => unknown][] = [
    [1, (method, text) => main[method].rpc(text)],
    [a, (method, text) => first().run(`rpc("${method}", "${text}")`)],
    [bot.id, (method, text) => botMain[method].rpc(text)],
  ];
  const listeners: [number, string[]][] = [
    [1, server.told],
    [a, first().lines],
    [bot.id, bot.told],
    [0, second().lines],
  ];
  for (const [caller, call] of callers) {
    await call('greet', 'all');
    await call('shout', 'and me');
    for (const [id, lines] of listeners) {
      const shout = told('shout', caller, 'and me');
      await expectNext(lines, id === caller ? [shout] : [told('greet', caller, 'all'), shout]);
    }
  }
});

test('a call to all but one leaves that one out', async () => {
  const { server, main, bot, botMain, a, b } = await open();
  main.greet.rpcId(-b, 'from the server');
  await first().run(`rpc_id(-${b}, "greet", "from a")`);
  await first().run(`rpc_id(-1, "greet", "clients of a")`);
  botMain.shout.rpcId(-b, 'from the bot');
  await expectNext(server.told, [told('greet', a, 'from a'), told('shout', bot.id, 'from the bot')]);
  await expectNext(first().lines, [told('greet', 1, 'from the server'), told('shout', bot.id, 'from the bot')]);
  await expectNext(second().lines, [told('greet', a, 'clients of a')]);
  expect(bot.told.sort()).toEqual(
    [
      told('greet', 1, 'from the server'),
      told('greet', a, 'from a'),
      told('greet', a, 'clients of a'),
      told('shout', bot.id, 'from the bot'),
    ].sort(),
  );
  bot.told.length = 0;
});

test('the authority can be a client: all peers set it, and refuse the others', async () => {
  const { server, main, bot, botMain, a } = await open();
  server.multiplayer.setMultiplayerAuthority('Main', a);
  bot.multiplayer.setMultiplayerAuthority('Main', a);
  for (const { run } of engines) await run(`set_multiplayer_authority(${a})`);
  await first().run('rpc("state", "from a")');
  for (const lines of [server.told, second().lines, bot.told]) await expectNext(lines, [told('state', a, 'from a')]);

  main.state.rpcId(bot.id, 'from the server');
  botMain.state.rpcId(1, 'from the bot');
  botMain.state.rpcId(a, 'from the bot');
  await expectNext(bot.told, [told('bad_packet', 1, 'TICKPEER_RPC_NOT_ALLOWED')]);
  await expectNext(server.told, [told('bad_packet', bot.id, 'TICKPEER_RPC_NOT_ALLOWED')]);
  const place = `on node /root/Main from: ${bot.id}. Mode is "authority", authority is ${a}.`;
  await expectNext(first().errors, [`ERROR: RPC 'state' is not allowed ${place}`]);
  for (const { run } of engines) await run('set_multiplayer_authority(1)');
});

test('bytes are sent to one, to all, and to all but one', async () => {
  const { server, bot, a, b } = await open();
  const send = (text: string, to: number) => first().run(`multiplayer.send_bytes("${text}".to_utf8_buffer(), ${to})`);
  await send('server', 1);
  await send('b', b);
  await send('all', 0);
  await send('not b', -b);
  await send('not server', -1);
  const from = (id: number, ...texts: string[]): string[] => texts.map((text) => told('peer_packet', id, hex(text)));
  await expectNext(server.told, from(a, 'server', 'all', 'not b'));
  await expectNext(second().lines, from(a, 'b', 'all', 'not server'));
  await expectNext(bot.told, from(a, 'all', 'not b', 'not server'));
  const bytes = (text: string) => Buffer.from(text);
  server.multiplayer.sendBytes(bytes('one'), a);
  server.multiplayer.sendBytes(bytes('every'));
  server.multiplayer.sendBytes(bytes('not a'), -a);
  await expectNext(first().lines, from(1, 'one', 'every'));
  await expectNext(second().lines, from(1, 'every', 'not a'));
  await expectNext(bot.told, from(1, 'every', 'not a'));
  bot.multiplayer.sendBytes(bytes('bot to a'), a);
  bot.multiplayer.sendBytes(bytes('bot to all'));
  bot.multiplayer.sendBytes(bytes('bot not a'), -a);
  await expectNext(first().lines, from(bot.id, 'bot to a', 'bot to all'));
  await expectNext(second().lines, from(bot.id, 'bot to all', 'bot not a'));
  await expectNext(server.told, from(bot.id, 'bot to all', 'bot not a'));
});

test('while one of several does not know a node yet, the others get its number in four bytes', async () => {
  const server = Side.server();
  const main = play(server);
  const [a = 0] = await gather(server, [first()]);
  await first().run('rpc("greet", "1")');
  main.greet.rpc('1');
  await expectNext(first().lines, [told('greet', 1, '1')]);
  await expectNext(server.told, [told('greet', a, '1')]);
  await catchUp(server, a, first());

  await second().run(`join("${server.url}")`);
  await expectNext(second().lines, [told('connected_to_server'), told('peer_connected', 1), told('peer_connected', a)]);
  const b = (await second().run('multiplayer.get_unique_id()')) as number;
  await expectNext(server.told, [told('peer_connected', b)]);
  await expectNext(first().lines, [told('peer_connected', b)]);
  server.peer.sent.length = 0;
  server.peer.received.length = 0;
  main.greet.rpc('2');
  await expectNext(first().lines, [told('greet', 1, '2')]);
  await expectNext(second().lines, [told('greet', 1, '2')]);
  await first().run('rpc("greet", "2")');
  await expectNext(server.told, [told('greet', a, '2')]);
  await expectNext(second().lines, [told('greet', a, '2')]);
  const full = `201300008000${GREETING}${hex('Main')}00`;
  const wide = `200100000000${GREETING}`;
  expect(server.peer.sent).toContainEqual({ peer: b, hex: full });
  expect(server.peer.sent).toContainEqual({ peer: a, hex: wide });
  expect(server.peer.received).toContainEqual({ peer: a, hex: wide });
  expect(server.peer.received).toContainEqual({ peer: a, hex: `0703${int32(b)}${full}` });
});

test('the server can read and refuse relayed packets', async () => {
  const { server, bot, a, b } = await open();
  server.multiplayer.relayFilter = (from, to, packet) => {
    if (packet[0] !== 3) return true;
    return from === a && to === b ? Buffer.from([3, 0x68, 0x69]) : false;
  };
  await first().run(`multiplayer.send_bytes("secret".to_utf8_buffer(), ${b})`);
  await second().run(`multiplayer.send_bytes("secret".to_utf8_buffer(), ${a})`);
  bot.multiplayer.sendBytes(Buffer.from('secret'), a);
  await expectNext(second().lines, [told('peer_packet', a, hex('hi'))]);
});

test('the engines notice that a bot has left', async () => {
  const { server, bot } = await open();
  const { id } = bot;
  bot.leave();
  for (const lines of [server.told, first().lines, second().lines]) {
    await expectNext(lines, [told('peer_disconnected', id)]);
  }
});
