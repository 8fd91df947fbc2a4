import { readFileSync } from 'node:fs';
import { rpc } from 'tickpeer/multiplayer';
import {
  bytesToVar,
  EncodedObjectAsID,
  int,
  string,
  type Variant,
  VariantType,
  variant,
  varToBytes,
} from 'tickpeer/variant';
import { describe, expect, test } from 'vitest';
import { gather } from './engine/gather.ts';
import { useEngines } from './engine/use-engines.ts';
import { hexOf } from './ours/recording-peer.ts';
import { Side, told } from './ours/side.ts';
import { expectNext, until } from './ours/until.ts';

/** A value that a native engine has encoded: test/fixtures/README.md. */
interface Fixture {
  readonly name: string;
  readonly type: VariantType;
  readonly hex: string;
}

/** What the engine made of a value, as the bytes that it gives for it, and what came back. */
interface Echo {
  readonly type: number;
  readonly hex: string;
  readonly value: Variant;
}

const FIXTURES: readonly Fixture[] = readFileSync(new URL('../fixtures/variant.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));

const engines = useEngines(`
@rpc("any_peer") func echo(value: Variant) -> void:
	rpc_id(1, "echoed", typeof(value), var_to_bytes(value).hex_encode(), value)

@rpc("any_peer") func echoed(_type: int, _hex: String, _value: Variant) -> void:
	pass

@rpc("any_peer") func name_object(value: Object) -> void:
	tell("name_object", [value.get_class(), str(value.object_id)])

func send_objects() -> void:
	var freed := Node.new()
	freed.free()
	for value: Variant in [self, null, freed, get_node_or_null("Nobody")]:
		rpc_id(1, "echoed", typeof(value), "", value)
`);

const decode = (hex: string): Variant => bytesToVar(Buffer.from(hex, 'hex'))!; // the fixtures are sound
/** The engine does not clear the padding of a NodePath's names, we do. */
const withoutPadding = (hex: string): string => hexOf(varToBytes(decode(hex)));

function open() {
  const server = Side.server();
  const echoes: Echo[] = [];
  const main = server.multiplayer.node('Main', {
    echo: rpc.anyPeer([variant]),
    echoed: rpc.anyPeer([int, string, variant], (_from, type, hex, value) => echoes.push({ type, hex, value })),
    name_object: rpc.anyPeer([variant]),
  });
  return { server, main, echoes };
}

describe('all recorded values of every type are sent to the engine and back', () => {
  test('unchanged', async () => {
    const [game] = engines;
    const fixtures = FIXTURES.filter(({ type }) => type !== VariantType.TYPE_OBJECT);
    const { server, main, echoes } = open();
    const [id] = await gather(server, [game!]);
    for (const { hex } of fixtures) main.echo.rpcId(id!, decode(hex));
    await until(() => echoes.length === fixtures.length);
    const came = echoes.map(({ type, hex, value }, at) => {
      const isPath = type === VariantType.TYPE_NODE_PATH;
      const { name } = fixtures[at]!;
      return { name, type, hex: isPath ? withoutPadding(hex) : hex, back: hexOf(varToBytes(value)) };
    });
    const expected = fixtures.map(({ name, type, hex }) => ({
      name,
      type,
      hex: type === VariantType.TYPE_NODE_PATH ? withoutPadding(hex) : hex,
      back: type === VariantType.TYPE_NODE_PATH ? withoutPadding(hex) : hex,
    }));
    expect(came).toEqual(expected);
  });

  test('except objects, which are sent by their id only', async () => {
    const [game] = engines;
    const fixtures = FIXTURES.filter(({ type }) => type === VariantType.TYPE_OBJECT);
    const { server, main, echoes } = open();
    const [id] = await gather(server, [game!]);
    const objects = fixtures.map(({ hex }) => decode(hex) as EncodedObjectAsID);
    for (const object of objects) {
      main.name_object.rpcId(id!, object);
      main.echo.rpcId(id!, object);
    }
    const names = objects.map(({ objectId }) => told('name_object', 'EncodedObjectAsID', `${objectId}`));
    await expectNext(game!.lines, names);
    await until(() => echoes.length === fixtures.length);
    for (const { value } of echoes) expect(value).toBeInstanceOf(EncodedObjectAsID);
  });
});

test('objects that are there, null, freed, or not found', async () => {
  const [game] = engines;
  const { server, echoes } = open();
  await gather(server, [game!]);
  await game!.run('send_objects()');
  await until(() => echoes.length === 4);
  const self = BigInt((await game!.run('str(get_instance_id())')) as string);
  expect(echoes.map(({ value }) => value)).toEqual([new EncodedObjectAsID(self), null, null, null]);
});
