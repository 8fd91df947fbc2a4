import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { pathOfLength, socketFolder } from '../../../test/support/socket-folder.ts';
import { ErrorCode } from '../../error-code.ts';
import { checkSocketPath, socketConnectFailure, socketListenRefusal } from './socket-path.ts';

const LONGEST = process.platform === 'linux' ? 107 : 103;

const failure = (code: string): NodeJS.ErrnoException => Object.assign(new Error(`${code} happened`), { code });

test.each([
  [LONGEST - 1, true],
  [LONGEST, true],
  [LONGEST + 1, false],
])('a path of %i bytes can be used: %s', (length, isUsable) => {
  expect(checkSocketPath(pathOfLength('/tmp', length)) === null).toBe(isUsable);
});

test('the length is counted in bytes, not in characters', () => {
  expect(checkSocketPath(`/${'é'.repeat(53)}`)).toBeNull();
  expect(checkSocketPath(`/${'é'.repeat(54)}`)).toMatchObject({ code: 'TICKPEER_INVALID_PATH' });
});

test.each(['', '\0abstract', '/a\0b'])('%j cannot be used', (path) => {
  expect(checkSocketPath(path)).toMatchObject({ code: 'TICKPEER_INVALID_PATH' });
});

test('what is no string throws', () => {
  expect(() => checkSocketPath(undefined as never)).toThrow(TypeError);
});

test.each([
  ['ENOENT', 'there is no such file'],
  ['ENOTDIR', 'is no directory'],
  ['EACCES', 'no permission'],
  ['EAGAIN', 'backlog'],
  ['EPIPE', 'EPIPE happened'],
])('connecting that fails with %s says why', (code, reason) => {
  const cause = failure(code);
  const result = socketConnectFailure('/run/game.sock', cause);
  expect(result).toMatchObject({ code: 'TICKPEER_CANT_CONNECT', cause });
  expect(result.message).toContain('/run/game.sock');
  expect(result.message).toContain(reason);
});

test('a socket without a server is told from a file that is no socket', async () => {
  const folder = socketFolder();
  const [socket, file] = [join(folder, 's'), join(folder, 'f')];
  writeFileSync(file, '');
  const server = createServer();
  onTestFinished(() => void server.close());
  await once(server.listen(socket), 'listening');
  const reasonOf = (path: string): string => socketConnectFailure(path, failure('ECONNREFUSED')).message;
  expect(reasonOf(socket)).toContain('no server listens');
  expect(reasonOf(file)).toContain('it is no socket');
  expect(socketListenRefusal(socket)).toMatchObject({
    result: ErrorCode.ERR_ALREADY_IN_USE,
    reason: expect.stringContaining('there is a socket already'),
  });
  expect(socketListenRefusal(file)).toMatchObject({
    result: ErrorCode.ERR_ALREADY_IN_USE,
    reason: expect.stringContaining('which is no socket'),
  });
});

test.each([
  ['no/s', 'there is no directory'],
  ['f/s', 'is no directory'],
  ['d/s', 'does not let'],
])('listening at %s: %s', (path, reason) => {
  const folder = socketFolder();
  writeFileSync(join(folder, 'f'), '');
  mkdirSync(join(folder, 'd'));
  expect(socketListenRefusal(join(folder, path))).toMatchObject({
    result: ErrorCode.ERR_CANT_CREATE,
    reason: expect.stringContaining(reason),
  });
});
