import { expect, test } from 'vitest';
import { names, replicatedTable, unit, unitAt } from '../../../test/support/replicated-table.ts';
import { ErrorCode } from '../../error-code.ts';
import { Command, commandOf } from '../wire/command.ts';

test('without awaitsConfirmation, a SPAWN waits for a path that a full buffer did not take', () => {
  const { server, ours, theirs, settle, bad } = replicatedTable([5], { awaitsConfirmation: false });
  const put = server.peer.putPacket.bind(server.peer);
  // A SPAWN can be shorter than the path of its spawner.
  server.peer.putPacket = (packet) =>
    commandOf(packet) === Command.SIMPLIFY_PATH ? ErrorCode.ERR_OUT_OF_MEMORY : put(packet);
  ours.units.addChild(unit.instantiate({ name: 'u1', title: 't' }));
  settle();
  server.peer.putPacket = put;
  settle();
  expect([bad(), unitAt(theirs, 'u1').title]).toEqual([[], 't']);
});

test('while the buffer of a peer is full, one SPAWN in a poll is tried again, and then all are sent in order', () => {
  const { server, ours, theirs, settle, bad } = replicatedTable([5]);
  ours.units.addChild(unit.instantiate({ name: 'first' }));
  settle();
  const put = server.peer.putPacket.bind(server.peer);
  let spawns = 0;
  let refused = (_size: number): boolean => true;
  server.peer.putPacket = (packet) => {
    if (commandOf(packet) === Command.SPAWN) spawns++;
    return refused(packet.length) ? ErrorCode.ERR_OUT_OF_MEMORY : put(packet);
  };
  server.peer.getOutboundBacklog = () => 1;
  for (let count = 0; count < 20; count++) ours.units.addChild(unit.instantiate({ name: `u${count}` }));
  spawns = 0;
  for (let count = 0; count < 10; count++) server.multiplayer.poll();
  expect(spawns).toBe(10);
  // A SPAWN that no buffer takes does not keep the others.
  ours.units.getChildren()[1]!.free();
  ours.units.addChild(unit.instantiate({ name: 'large', title: 'x'.repeat(1000) }));
  ours.units.addChild(unit.instantiate({ name: 'last' }));
  refused = (size) => size > 1000;
  server.peer.getOutboundBacklog = () => 0;
  settle();
  expect([bad(), names(theirs.units.getChildren())]).toEqual([
    [],
    ['first', ...Array.from({ length: 19 }, (_, at) => `u${at + 1}`), 'last'],
  ]);
});
