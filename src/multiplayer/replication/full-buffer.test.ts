import { expect, test } from 'vitest';
import { replicatedTable, unit, unitAt } from '../../../test/support/replicated-table.ts';
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
