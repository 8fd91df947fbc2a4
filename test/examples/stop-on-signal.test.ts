import { connect } from 'node:net';
import { TLSOptions } from 'tickpeer';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { drive, ending, isClosed, isOpen, newPeer } from '../support/peers.ts';
import { until } from '../support/until.ts';
import { BuiltExamples } from './built-example.ts';

/** For each example that is a server: how it is started, its address, and what it prints when it stops. */
const SERVERS = [
  ['chat/main', ['--port', '0', '--tls-port', '0'], '', 'the chat closes'],
  ['arena/main', ['--port', '0', '--bots', '0'], 'player', 'the arena closes'],
  ['godot-server/main', ['--port', '0', '--bots', '0'], '', 'the server stops'],
  ['snowball-fight/main', ['--port', '0', '--bots', '0'], '', 'the server stops'],
  ['websocket-server-tls', ['0'], '', 'the server stops'],
] as const;

let examples: BuiltExamples;
beforeAll(async () => {
  examples = await BuiltExamples.build(SERVERS.map(([name]) => name));
}, 60_000);
afterAll(() => examples.remove());

test.each(SERVERS)(
  '%s closes all connections on SIGTERM, and exits with 0',
  async (name, args, path, reason) => {
    const program = examples.start(name, args);
    const url = (await program.printed(/\b(ws|wss|http):\/\/127\.0\.0\.1:\d+\/?/)).replace('http', 'ws');
    const clients = Array.from({ length: 3 }, () => newPeer({ inboundBufferSize: 1_000_000 }));
    for (const client of clients) client.connectToUrl(url.replace(/\/?$/, `/${path}`), TLSOptions.clientUnsafe());
    await drive(clients, () => clients.every((client) => isOpen(client) || isClosed(client)));
    expect(clients.map((client) => client.getLastFailure())).toEqual([null, null, null]);
    program.kill('SIGTERM');
    await drive(clients, () => {
      // The stream must be read, or its end is not reported.
      for (const client of clients) for (const _ of client.packets());
      return clients.every(isClosed);
    });
    const goodbye = { code: 1001, reason, failure: null };
    expect(clients.map(ending)).toEqual([goodbye, goodbye, goodbye]);
    await until(() => program.hasEnded, 10_000);
    expect([program.exitCode, program.signal]).toEqual([0, null]);
    expect(program.output).toContain('Stopped: 3 closed, 0 lost, 0 dropped.\n');
  },
  30_000,
);

test('a client that does not answer is dropped at the time limit, with SIGINT, too', async () => {
  const program = examples.start('chat/main', ['--port', '0', '--tls-port', '0']);
  const url = new URL(await program.printed(/\bws:\/\/127\.0\.0\.1:\d+/));
  const socket = connect(Number(url.port), url.hostname);
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => {});
  socket.write('GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n');
  socket.write('Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n');
  let heard = '';
  socket.on('data', (bytes) => {
    heard += bytes.toString('latin1');
  });
  await until(() => heard.includes('came in'));
  program.kill('SIGINT');
  await until(() => program.hasEnded, 10_000);
  expect([program.exitCode, program.signal]).toEqual([0, null]);
  expect(program.output).toContain('Stopped: 0 closed, 0 lost, 1 dropped.');
}, 30_000);
