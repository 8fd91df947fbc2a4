import { WebSocketPeer } from 'tickpeer';
import { expect, onTestFinished, test } from 'vitest';
import { drive, newPeer } from '../support/peers.ts';
import { until } from '../support/until.ts';
import { CodeBlocks } from './document.ts';
import { runProgram } from './program.ts';
import { complaintsAbout } from './types.ts';

const PROGRAMS = new CodeBlocks('protocol.md').all('ts');

test('the echo server of docs/protocol.md compiles, and is the only program there', { timeout: 60_000 }, () => {
  expect(PROGRAMS).toHaveLength(1);
  expect(complaintsAbout(PROGRAMS)).toEqual([]);
});

test('it echoes, and closes properly', async () => {
  const [program = ''] = PROGRAMS;
  const server = await runProgram(program, { PORT: '0' });
  onTestFinished(() => server.end());
  await until(() => /port: \d+/.test(server.output()));
  const [, port = ''] = /port: (\d+)/.exec(server.output()) ?? [];
  const client = newPeer();
  expect(client.connectToUrl(`ws://127.0.0.1:${port}`)).toBe(0);
  await drive(client, () => client.getReadyState() === WebSocketPeer.STATE_OPEN);
  const long = 'x'.repeat(60_000);
  client.sendText(long); // fits into a fresh peer's buffers
  client.send(Uint8Array.of(1, 2, 3)); // as does this
  await drive(client, () => client.getAvailablePacketCount() === 2);
  expect([...client.packets()]).toEqual([long, Uint8Array.of(1, 2, 3)]);
  client.close(4000, 'done');
  await drive(client, () => client.getReadyState() === WebSocketPeer.STATE_CLOSED);
  expect([client.getCloseCode(), client.getCloseReason()]).toEqual([4000, 'done']);
});
