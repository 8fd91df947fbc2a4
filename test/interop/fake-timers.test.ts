import { afterEach, expect, test, vi } from 'vitest';
import { ErrorCode, State, WebSocketPeer, WebSocketServer } from '../../src/index.ts';
import { until } from '../support/until.ts';

afterEach(() => {
  vi.useRealTimers();
});

test('messages sent under fake timers and later ones are written', async () => {
  const server = new WebSocketServer();
  server.listen(0, '127.0.0.1');
  const client = new WebSocketPeer();
  client.connectToUrl(`ws://127.0.0.1:${server.getLocalPort()}/`);
  const got: (string | Uint8Array)[] = [];
  const step = (): boolean => {
    client.poll();
    server.poll();
    for (const peer of server.readyPeers()) got.push(...peer.packets());
    return true;
  };
  await until(() => step() && client.getReadyState() === State.STATE_OPEN);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'queueMicrotask', 'performance', 'Date'] });
  client.sendText('fake');
  const [served] = server.getPeers();
  expect(served?.sendText('fake too')).toBe(ErrorCode.OK);
  vi.useRealTimers();
  await until(() => step() && got.length > 0 && client.getAvailablePacketCount() > 0);
  client.sendText('real');
  await until(() => step() && got.length > 1);
  expect(got).toEqual(['fake', 'real']);
  client.close(-1);
  server[Symbol.dispose]();
});
