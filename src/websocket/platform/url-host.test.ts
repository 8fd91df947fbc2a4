import { expect, onTestFinished, test } from 'vitest';
import { drive } from '../../../test/support/peers.ts';
import { dialRaw } from '../../../test/support/raw-tcp.ts';
import type { WebSocketPeer } from '../peer/websocket-peer.ts';
import { WebSocketServer } from '../server/websocket-server.ts';
import { urlHost } from './url-host.ts';

test.each([
  ['game.example', 'game.example'],
  ['game.example:9080', 'game.example:9080'],
  ['127.0.0.1:9080', '127.0.0.1:9080'],
  ['[::1]:9080', '[::1]:9080'],
  ['::1:9080', '[::1]:9080'],
  ['::1', '[::1]'],
  ['fe80::1', '[fe80::1]'],
  ['fe80::1:9080', '[fe80::1]:9080'],
  ['1:2:3:4:5:6:7:8', '[1:2:3:4:5:6:7:8]'],
  ['1:2:3:4:5:6:7:8:9080', '[1:2:3:4:5:6:7:8]:9080'],
  ['2001:db8::ff', '[2001:db8::ff]'],
  ['::ffff:127.0.0.1:80', '[::ffff:127.0.0.1]:80'],
  ['a:b:c', 'a:b:c'],
  ['::1]@evil:9', '::1]@evil:9'],
  ['', ''],
])('%s is %s', (host, expected) => expect(urlHost(host)).toBe(expected));

test('an engine that is connected to an IPv6 address', async () => {
  const server = new WebSocketServer();
  onTestFinished(() => server[Symbol.dispose]());
  server.listen(0, '127.0.0.1');
  const raw = await dialRaw(server.getLocalPort());
  raw.write(
    'GET /x HTTP/1.1\r\nHost: ::1:9080\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
  );
  let peer: WebSocketPeer | null = null;
  await drive(server, () => {
    peer ??= server.takePeer();
    return peer !== null;
  });
  expect((peer as WebSocketPeer | null)?.getRequestedUrl()).toBe('ws://[::1]:9080/x');
});
