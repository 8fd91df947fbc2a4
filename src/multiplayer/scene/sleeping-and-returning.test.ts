import { expect, test } from 'vitest';
import { CutServer } from '../../../test/support/cut.ts';
import { ErrorCode } from '../../error-code.ts';
import { string } from '../../variant/index.ts';
import { rpc, type SleepOptions } from '../index.ts';

/** A server and a player who is asleep; `say` makes a call, and notes those that were accepted. */
function start(sleep: SleepOptions) {
  const server = new CutServer({ sleep: { after: 1, ...sleep } });
  const main = server.multiplayer.node('Main', { say: rpc.authority([string]) });
  const ada = server.enter();
  const heard: string[] = [];
  ada.multiplayer.node('Main', { say: rpc.authority([string], (_, text) => void heard.push(text)) });
  const token = server.tokenOf(ada);
  const accepted: string[] = [];
  let count = 0;
  const say = (): void => {
    const text = `${count++}`;
    if (main.say.rpcId(ada.id, text) === ErrorCode.OK) accepted.push(text);
  };
  const run = (seconds: number): void => {
    for (let time = 0; time < seconds * 1000; time += 20) {
      say();
      server.turn();
    }
  };
  const { id } = ada;
  server.news();
  ada.isAsleep = true;
  run(1.5);
  expect(server.news()).toEqual([`asleep ${id}`]);
  return { server, ada, heard, token, accepted, run, id, count: () => count };
}

test('a player for whom too much waits is away, and what has waited is there when it comes back', () => {
  const { server, ada, heard, token, accepted, run, id, count } = start({ packets: 50 });
  run(2);
  expect(server.news()).toEqual([`away ${id} TICKPEER_OUTBOUND_LIMIT`]);
  expect(server.multiplayer.getPeerStatistics(id)).toBeNull();
  ada.isAsleep = false;
  server.settle();
  expect([ada.socket.getCloseCode(), ada.news().at(-1)]).toEqual([4413, 'lost']);
  server.reconnect(ada, token);
  run(0.5);
  server.settle();
  expect(server.news()).toEqual([`back ${id} 0`]);
  // A few calls were refused when the bounds were reached; all others arrive in order.
  expect(heard).toEqual(accepted);
  expect(accepted.length).toBeGreaterThan(count() - 5);
});

test('a player whose connection breaks while it is asleep gets what has waited when it comes back', () => {
  const { server, ada, heard, token, accepted, run, id } = start({});
  run(1);
  // What was sent before it was known to be asleep is in the queue of the client, and is lost with it.
  const queued = heard.length;
  server.cut(ada);
  run(1);
  expect(server.news()).toEqual([`away ${id} TICKPEER_CONNECTION_RESET`]);
  ada.isAsleep = false;
  server.reconnect(ada, token);
  run(0.5);
  server.settle();
  expect(server.news()).toEqual([`back ${id} 0`]);
  expect([queued, heard]).toEqual([0, accepted.slice(accepted.length - heard.length)]);
  expect(heard.length).toBeGreaterThan(100);
  // It can fall asleep and wake again.
  ada.isAsleep = true;
  run(2);
  ada.isAsleep = false;
  run(0.5);
  server.settle();
  expect(server.news()).toEqual([`asleep ${id}`, `awake ${id}`]);
  expect(heard).toEqual(accepted.slice(accepted.length - heard.length));
});
