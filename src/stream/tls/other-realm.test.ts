import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { ErrorCode } from '../../error-code.ts';
import { StreamPeerUDS, TCPStatus, UDSServer } from '../index.ts';

// As where a test runner gives every file its own globals: Node's errors are no instances of the `Error` that we see.
beforeEach(() => {
  vi.stubGlobal('Error', runInContext('Error', createContext({})));
  onTestFinished(() => void vi.unstubAllGlobals());
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'tickpeer-realm-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

test('the reason why a Unix socket cannot be made is reported', () => {
  const server = new UDSServer();
  onTestFinished(() => server.stop());
  expect(server.listen(join(folder(), 'missing', 'socket'))).not.toBe(ErrorCode.OK);
  expect(server.getLastFailure()?.message).toContain('there is no directory');
  const path = join(folder(), 'file');
  writeFileSync(path, 'x');
  expect(server.listen(path)).not.toBe(ErrorCode.OK);
  expect(server.getLastFailure()?.message).toContain('which is no socket');
});

test('a missing Unix socket is reported', async () => {
  const stream = new StreamPeerUDS();
  onTestFinished(() => stream.disconnectFromHost());
  stream.connectToHost(join(folder(), 'none'));
  await vi.waitUntil(() => stream.poll() !== ErrorCode.OK);
  expect([stream.getStatus(), stream.getLastFailure()?.code]).toEqual([
    TCPStatus.STATUS_ERROR,
    'TICKPEER_CANT_CONNECT',
  ]);
});
