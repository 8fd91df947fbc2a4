import { rpc } from 'tickpeer/multiplayer';
import { int } from 'tickpeer/variant';
import { expect, test } from 'vitest';
import { catchUp } from './engine/catch-up.ts';
import { gather } from './engine/gather.ts';
import { useEngines } from './engine/use-engines.ts';
import { Side, type SideOptions, told } from './ours/side.ts';
import { expectNext, until } from './ours/until.ts';

const MEMBER = `extends Node

@rpc("any_peer") func poke(number: int) -> void:
	get_parent().get_parent().tell_poke(name, number)
`;
const METHOD_NAMES = Array.from({ length: 300 }, (_, index) => `method_${String(index).padStart(3, '0')}`);
const METHODS = `extends Node

${METHOD_NAMES.map(
  (name, index) => `@rpc("any_peer") func ${name}(value: int) -> void:
	get_parent().tell_call("${name}", [${index}, value])
`,
).join('\n')}`;
const CONFIGURED = `extends Node

func _init() -> void:
	for method: String in ["zip", "apply"]:
		rpc_config(method, {"rpc_mode": MultiplayerAPI.RPC_MODE_ANY_PEER})

@rpc("any_peer") func middle() -> void:
	get_parent().tell_call("middle")

func apply() -> void:
	get_parent().tell_call("apply")

func zip(value: int) -> void:
	get_parent().tell_call("zip", [value])
`;

const engines = useEngines(
  `
func _ready() -> void:
	for child: String in ["methods", "configured"]:
		add_member(self, child.capitalize(), load("res://%s.gd" % child))
	super()

func add_member(parent: Node, title: String, script: Script) -> void:
	var member := Node.new()
	member.name = title
	member.set_script(script)
	parent.add_child(member)

func make_crowd(size: int) -> void:
	if has_node("Crowd"):
		get_node("Crowd").free()
	add_member(self, "Crowd", null)
	for number in size:
		add_to_crowd(number)

func add_to_crowd(number: int) -> void:
	add_member(get_node("Crowd"), "N%d" % number, preload("res://member.gd"))

func poke(first: int, last: int) -> void:
	for index in range(first, last + 1):
		get_node("Crowd/N%d" % index).rpc_id(1, "poke", index)
		if index % 4096 == 4095:
			await get_tree().process_frame
	tell("poked", [first, last])

func tell_poke(who: String, number: int) -> void:
	if number % 1000 == 0 or get_node("Crowd").get_child_count() < 1000:
		tell("poke", [who, number])
`,
  { files: { 'member.gd': MEMBER, 'methods.gd': METHODS, 'configured.gd': CONFIGURED } },
);

const MANY = 65_535;
const NO_LIMITS = { packetsPerSecond: 1e9, bytesPerSecond: 1e9, cacheEntries: MANY + 1 };
const LARGE_QUEUES = { inboundBufferSize: 2 ** 25, outboundBufferSize: 2 ** 25, maxQueuedPackets: 200_000 };

function openCrowd(options: SideOptions = {}) {
  // Else so many calls at once would wait for confirmations, and a game that is asked for one sends it among the others.
  const server = Side.server({ sleep: false, ...options });
  const poked: string[] = [];
  const crowd = server.multiplayer.nodes('Main/Crowd/*', {
    poke: rpc.anyPeer([int], (_from, number) => {
      poked.push(`${server.multiplayer.getCalledPath()} ${number}`);
    }),
  });
  const poke = (id: number, number: number) => crowd.at(`Main/Crowd/N${number}`).poke.rpcId(id, number);
  return { server, poked, poke };
}

const numbersTo = (last: number): number[] => Array.from({ length: last + 1 }, (_, index) => index);

test('beyond 255 nodes their numbers take two bytes', async () => {
  const [game] = engines;
  const { server, poked, poke } = openCrowd();
  const { received, sent } = server.peer;
  const [id] = await gather(server, [game!]);
  await game!.run('make_crowd(300)');
  await game!.run('poke(0, 299)');
  await until(() => poked.length === 300);
  expect(poked).toEqual(numbersTo(299).map((number) => `Main/Crowd/N${number} ${number}`));
  await catchUp(server, id!, game!);
  await game!.run('poke(254, 255)');
  await until(() => poked.length === 302);
  await expectNext(game!.lines, [told('poked', 0, 299), told('poked', 254, 255)]);
  expect(received.slice(-2).map(({ hex }) => hex)).toEqual(['00ff000142fe00', '100001000142ff00']);

  sent.length = 0;
  received.length = 0;
  for (const number of numbersTo(299)) poke(id!, number);
  await expectNext(
    game!.lines,
    numbersTo(299).map((number) => told('poke', `N${number}`, number)),
  );
  await until(() => received.length === 300);
  for (const number of [254, 255]) poke(id!, number);
  await expectNext(game!.lines, [told('poke', 'N254', 254), told('poke', 'N255', 255)]);
  expect(sent.slice(-2).map(({ hex }) => hex)).toEqual(['00ff000142fe00', '100001000142ff00']);
});

test('beyond 65535 the engine’s numbers take four bytes', { timeout: 120_000 }, async () => {
  const [game] = engines;
  const { server, poked } = openCrowd({ limits: NO_LIMITS, peer: LARGE_QUEUES });
  const [id] = await gather(server, [game!], { bufferSize: LARGE_QUEUES.inboundBufferSize, queuedPackets: 200_000 });
  await game!.run(`make_crowd(${MANY + 1})`);
  await game!.run(`poke(0, ${MANY})`);
  await until(() => poked.length === MANY + 1, 60_000);
  await catchUp(server, id!, game!);
  await game!.run(`poke(${MANY - 1}, ${MANY})`);
  await until(() => poked.length === MANY + 3);
  await expectNext(game!.lines, [told('poked', 0, MANY), told('poked', MANY - 1, MANY)]);
  expect(server.peer.received.slice(-2).map(({ hex }) => hex)).toEqual([
    '10ffff000182feff0000',
    '2000000100000182ffff0000',
  ]);
});

test('beyond 65535 our numbers take four bytes', { timeout: 60_000 }, async () => {
  const [game] = engines;
  const { server, poke } = openCrowd({ limits: NO_LIMITS, peer: LARGE_QUEUES });
  const { received, sent } = server.peer;
  const [id] = await gather(server, [game!]);
  // A node has the same number for all peers: most of them are made known to somebody nearer.
  const bystander = Side.client(server.url, { limits: NO_LIMITS, peer: LARGE_QUEUES });
  let count = 0;
  bystander.multiplayer.nodes('Main/Crowd/*', { poke: rpc.anyPeer([int], () => count++) });
  await expectNext(bystander.told, [
    told('connected_to_server'),
    told('peer_connected', 1),
    told('peer_connected', id),
  ]);
  await expectNext(server.told, [told('peer_connected', bystander.id)]);
  await expectNext(game!.lines, [told('peer_connected', bystander.id)]);
  for (const number of numbersTo(MANY - 2)) poke(bystander.id, number);
  await until(() => count === MANY - 1, 30_000);

  await game!.run(`make_crowd(1)`);
  for (const number of [MANY - 1, MANY]) {
    await game!.run(`add_to_crowd(${number})`);
    poke(id!, number);
  }
  await expectNext(
    game!.lines,
    [MANY - 1, MANY].map((number) => told('poke', `N${number}`, number)),
  );
  await until(() => received.filter(({ peer }) => peer === id).length === 2);
  for (const number of [MANY - 1, MANY]) poke(id!, number);
  await expectNext(
    game!.lines,
    [MANY - 1, MANY].map((number) => told('poke', `N${number}`, number)),
  );
  expect(sent.slice(-2).map(({ hex }) => hex)).toEqual(['10ffff000182feff0000', '2000000100000182ffff0000']);
});

test('beyond 256 methods their ids take two bytes', async () => {
  const [game] = engines;
  const server = Side.server();
  const methods = METHOD_NAMES.map((name, index) => [
    name,
    rpc.anyPeer([int], (from, value) => server.tell(name, from, index, value)),
  ]);
  const node = server.multiplayer.node('Main/Methods', Object.fromEntries(methods));
  const [id] = await gather(server, [game!]);
  for (const index of [0, 255, 256, 299]) {
    const name = METHOD_NAMES[index]!;
    await game!.run(`get_node("Methods").rpc_id(1, "${name}", 7)`);
    node[name]!.rpcId(id!, 7);
    await expectNext(server.told, [told(name, id, index, 7)]);
    await expectNext(game!.lines, [told(name, 1, index, 7)]);
    await catchUp(server, id!, game!);
  }
  const forms = ['0001ff010207', '40010001010207', '40012b01010207'];
  expect(server.peer.sent.slice(-3).map(({ hex }) => hex)).toEqual(forms);
  expect(server.peer.received.slice(-3).map(({ hex }) => hex)).toEqual(forms);
});

test('methods that are configured on the node have ids of their own, with bit 15', async () => {
  const [game] = engines;
  const server = Side.server();
  const node = server.multiplayer.node('Main/Configured', {
    apply: rpc.anyPeer([], server.teller('apply'), { nodeConfig: true }),
    middle: rpc.anyPeer([], server.teller('middle')),
    zip: rpc.anyPeer([int], server.teller('zip'), { nodeConfig: true }),
  });
  const [id] = await gather(server, [game!]);
  const callAll = async (): Promise<void> => {
    for (const call of ['"middle"', '"apply"', '"zip", 5']) {
      await game!.run(`get_node("Configured").rpc_id(1, ${call})`);
    }
    node.middle.rpc();
    node.apply.rpc();
    node.zip.rpc(5);
    await expectNext(server.told, [told('middle', id), told('apply', id), told('zip', id, 5)]);
    await expectNext(game!.lines, [told('middle', 1), told('apply', 1), told('zip', 1, 5)]);
    await catchUp(server, id!, game!);
  };
  await callAll();
  await callAll();
  const forms = ['800100', 'c0010080', '40010180010205'];
  expect(server.peer.sent.slice(-3).map(({ hex }) => hex)).toEqual(forms);
  expect(server.peer.received.slice(-3).map(({ hex }) => hex)).toEqual(forms);
});
