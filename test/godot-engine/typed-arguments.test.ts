import { rpc } from 'tickpeer/multiplayer';
import { expect, test } from 'vitest';
import { gather } from './engine/gather.ts';
import { useEngines } from './engine/use-engines.ts';
import { Side, told } from './ours/side.ts';
import { CASES } from './ours/typed-values.ts';
import { expectNext, until } from './ours/until.ts';

const engines = useEngines(
  CASES.map(
    ({ type, script }, index) => `
func value_${index}() -> ${type}:
	return ${script}

@rpc("any_peer") func take_${index}(value: ${type}) -> void:
	var ours: ${type} = value_${index}()
	tell("take_${index}", [typeof(value) == typeof(ours), value == ours, var_to_str(value) == var_to_str(ours)])

func give_${index}() -> void:
	rpc_id(1, "take_${index}", value_${index}())
`,
  ).join(''),
);

test('a value of each type is the same in a script and here, in both directions', async () => {
  const [game] = engines;
  const server = Side.server();
  const came: unknown[] = [];
  const methods = CASES.map(({ schema }, index) => [
    `take_${index}`,
    rpc.anyPeer([schema], (_from, value) => came.push(value)),
  ]);
  const main = server.multiplayer.node('Main', Object.fromEntries(methods));
  const [id] = await gather(server, [game!]);
  for (const index of CASES.keys()) {
    await game!.run(`give_${index}()`);
    await until(() => came.length > index || server.told.length > 0);
    expect(server.told).toEqual([]);
  }
  expect(came).toEqual(CASES.map(({ value }) => value));
  for (const [index, { value }] of CASES.entries()) main[`take_${index}`]!.rpcId(id!, value);
  await expectNext(
    game!.lines,
    CASES.map((_, index) => told(`take_${index}`, true, true, true)),
  );
});
