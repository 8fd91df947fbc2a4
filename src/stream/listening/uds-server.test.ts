import { spawnSync } from 'node:child_process';
import cluster from 'node:cluster';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import * as net from 'node:net';
import { basename, dirname, join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { asNobody, pathOfLength, socketFolder, socketPath } from '../../../test/support/socket-folder.ts';
import { turn, until } from '../../../test/support/until.ts';
import { ErrorCode } from '../../error-code.ts';
import { TCPStatus } from '../socket/tcp-status.ts';
import { UDSServer } from './uds-server.ts';

const disposals: (() => void)[] = [];
afterEach(() => {
  vi.restoreAllMocks();
  for (const dispose of disposals.splice(0)) dispose();
});

function newServer(): UDSServer {
  const server = new UDSServer();
  disposals.push(() => server.stop());
  return server;
}

function listening(path: string, backlog = 511): UDSServer {
  const server = newServer();
  expect(server.listen(path, { backlog })).toBe(ErrorCode.OK);
  return server;
}

function connectTo(path: string): net.Socket {
  const socket = net.connect({ path });
  socket.on('error', () => {});
  disposals.push(() => socket.destroy());
  return socket;
}

/** Leaves a socket's file that nobody listens on any more. */
function leaveStaleSocket(path: string): void {
  const code = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', code]);
  expect(lstatSync(path).isSocket()).toBe(true);
}

describe('UDSServer.listen', () => {
  test('makes the file at once, and stop() removes it', () => {
    const path = socketPath();
    const server = newServer();
    expect(server.isListening()).toBe(false);
    expect(server.listen(path)).toBe(ErrorCode.OK);
    expect([server.isListening(), lstatSync(path).isSocket()]).toEqual([true, true]);
    expect([server.isConnectionAvailable(), server.takeConnection()]).toEqual([false, null]);
    expect(server.listen(path)).toBe(ErrorCode.ERR_ALREADY_IN_USE);
    server.stop();
    expect([server.isListening(), existsSync(path)]).toEqual([false, false]);
    expect(server.listen(path)).toBe(ErrorCode.OK);
  });

  describe('stop() does not remove what has replaced its file', () => {
    /** A server whose file was removed, as a rolling restart does. */
    function bereft(path: string): UDSServer {
      const server = listening(path);
      unlinkSync(path);
      return server;
    }

    test('another server’s socket', async () => {
      const path = socketPath();
      const before = bereft(path);
      const after = listening(path);
      const { ino } = lstatSync(path);
      before.stop();
      expect(lstatSync(path).ino).toBe(ino);
      connectTo(path);
      await until(() => after.isConnectionAvailable());
      after.stop();
      expect(readdirSync(dirname(path))).toEqual([]);
    });

    test('a file, a symbolic link and a directory', () => {
      const path = socketPath();
      let server = bereft(path);
      writeFileSync(path, 'theirs');
      server.stop();
      expect(readFileSync(path, 'utf8')).toBe('theirs');
      unlinkSync(path);

      server = bereft(path);
      symlinkSync('nowhere', path);
      server.stop();
      expect(lstatSync(path).isSymbolicLink()).toBe(true);
      unlinkSync(path);

      server = bereft(path);
      mkdirSync(path);
      server.stop();
      expect(lstatSync(path).isDirectory()).toBe(true);
      expect(readdirSync(dirname(path))).toEqual(['s']);
    });

    test.each([
      ['a file', (folder: string) => writeFileSync(folder, 'theirs')],
      ['a symbolic link to itself', (folder: string) => symlinkSync(basename(folder), folder)],
    ])('%s where its directory was', (_, make) => {
      const folder = join(socketFolder(), 'd');
      mkdirSync(folder);
      const server = bereft(join(folder, 's'));
      rmdirSync(folder);
      make(folder);
      server.stop();
      expect(server.isListening()).toBe(false);
      expect(lstatSync(folder).isDirectory()).toBe(false);
    });

    test('a file in a directory without permission', () => {
      const folder = socketFolder();
      const server = listening(join(folder, 's'));
      chmodSync(folder, 0);
      asNobody(() => server.stop());
      expect(server.isListening()).toBe(false);
      chmodSync(folder, 0o700);
      expect(readdirSync(folder)).toEqual(['s']);
    });

    test('no file, and its own file under another name', () => {
      const path = socketPath();
      bereft(path).stop();
      expect(readdirSync(dirname(path))).toEqual([]);
      const server = listening(path);
      renameSync(path, `${path}2`);
      server.stop();
      expect(readdirSync(dirname(path))).toEqual(['s2']);
    });
  });

  test('the file is removed while connections stay open', async () => {
    const path = socketPath();
    const server = listening(path);
    const socket = connectTo(path);
    await until(() => server.isConnectionAvailable());
    const stream = server.takeConnection()!;
    disposals.push(() => stream.destroy());
    server.stop();
    expect(existsSync(path)).toBe(false);
    socket.write('still here');
    await until(() => stream.getAvailableBytes() === 10);
  });

  test('a path of 106 or 107 bytes is accepted, one of 108 is refused and not cut', async () => {
    const folder = socketFolder();
    for (const length of [106, 107]) {
      const path = pathOfLength(folder, length);
      const server = listening(path);
      expect(existsSync(path)).toBe(true);
      connectTo(path);
      await until(() => server.isConnectionAvailable());
      server.stop();
    }
    const server = newServer();
    for (const path of [pathOfLength(folder, 108), pathOfLength(folder, 200)]) {
      expect(server.listen(path)).toBe(ErrorCode.ERR_INVALID_PARAMETER);
      expect(server.isListening()).toBe(false);
      expect(server.getLastFailure()).toEqual({
        code: 'TICKPEER_INVALID_PATH',
        message: `the path of the Unix socket has ${path.length} bytes, and the system takes 107 at most: ${path}`,
      });
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  test('the limit counts bytes, not characters', () => {
    const folder = socketFolder();
    const most = 107 - Buffer.byteLength(folder) - 1;
    const fitting = `${folder}/${'é'.repeat(Math.floor(most / 2))}${most % 2 === 1 ? 'a' : ''}`;
    listening(fitting);
    expect(existsSync(fitting)).toBe(true);
    expect(newServer().listen(`${fitting}a`)).toBe(ErrorCode.ERR_INVALID_PARAMETER);
  });

  test.each([
    ['', 'the path of the Unix socket is empty'],
    ['\0abstract', 'the path of the Unix socket has a NUL character'],
    ['/tmp/a\0b', 'the path of the Unix socket has a NUL character'],
  ])('%j is refused', (path, message) => {
    const server = newServer();
    expect(server.listen(path)).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect(server.getLastFailure()).toEqual({ code: 'TICKPEER_INVALID_PATH', message });
  });

  test('a path that is not a string, and an impossible backlog, throw', () => {
    // @ts-expect-error: JavaScript lets one call it so.
    expect(() => newServer().listen(9080)).toThrow(TypeError);
    expect(() => newServer().listen('/tmp/x', { backlog: 0 })).toThrow(RangeError);
  });

  test('a socket with a listener is not taken over', async () => {
    const path = socketPath();
    const holder = listening(path);
    const server = newServer();
    expect(server.listen(path)).toBe(ErrorCode.ERR_ALREADY_IN_USE);
    expect(server.isListening()).toBe(false);
    expect(server.getLastFailure()).toMatchObject({ code: 'TICKPEER_LISTEN_FAILED' });
    await until(() => server.getLastFailure()?.cause !== undefined);
    expect(server.getLastFailure()).toMatchObject({ cause: { code: 'EADDRINUSE' } });
    server.stop();
    connectTo(path);
    await until(() => holder.isConnectionAvailable());
  });

  test('a socket without a listener is not removed, and the message says what to do', () => {
    const path = socketPath();
    leaveStaleSocket(path);
    const server = newServer();
    expect(server.listen(path)).toBe(ErrorCode.ERR_ALREADY_IN_USE);
    expect(server.getLastFailure()?.message).toBe(
      `cannot listen on the Unix socket ${path}: there is a socket already: a server listens, or one that ended without stop() left it. If none listens, remove the file, and listen again`,
    );
    expect(existsSync(path)).toBe(true);
  });

  test.each([
    ['a file', (path: string) => writeFileSync(path, 'precious')],
    ['a link to nowhere', (path: string) => symlinkSync('nowhere', path)],
  ])('%s at the path is not removed', (_, make) => {
    const path = socketPath();
    make(path);
    const server = newServer();
    expect(server.listen(path)).toBe(ErrorCode.ERR_ALREADY_IN_USE);
    expect(server.getLastFailure()?.message).toBe(
      `cannot listen on the Unix socket ${path}: there is a file already, which is no socket`,
    );
    expect(lstatSync(path).isSocket()).toBe(false);
  });

  test('a missing directory, a path that is not a directory, and a directory without permission have different failures', async () => {
    const folder = socketFolder();
    const missing = newServer();
    expect(missing.listen(join(folder, 'no', 's'))).toBe(ErrorCode.ERR_CANT_CREATE);
    expect(missing.getLastFailure()?.message).toContain(`: there is no directory ${join(folder, 'no')}`);

    writeFileSync(join(folder, 'file'), '');
    const none = newServer();
    expect(none.listen(join(folder, 'file', 's'))).toBe(ErrorCode.ERR_CANT_CREATE);
    expect(none.getLastFailure()?.message).toContain(`: ${join(folder, 'file')} is no directory`);

    chmodSync(folder, 0o555);
    const forbidden = newServer();
    expect(asNobody(() => forbidden.listen(join(folder, 's')))).toBe(ErrorCode.ERR_CANT_CREATE);
    expect(forbidden.getLastFailure()?.message).toContain(
      `: the system does not let this process make a file in ${folder}`,
    );
    await until(() => forbidden.getLastFailure()?.cause !== undefined);
    expect(forbidden.getLastFailure()).toMatchObject({ code: 'TICKPEER_LISTEN_FAILED', cause: { code: 'EACCES' } });
    chmodSync(folder, 0o700);
  });

  test('a late result of listen (as in a cluster worker) is reported', async () => {
    vi.spyOn(cluster, 'isWorker', 'get').mockReturnValue(true);
    const path = socketPath();
    const missing = newServer();
    expect(missing.listen(join(dirname(path), 'no', 's'))).toBe(ErrorCode.OK);
    await until(() => !missing.isListening());
    expect(missing.getLastFailure()).toMatchObject({ code: 'TICKPEER_LISTEN_FAILED', cause: { code: 'EACCES' } });
  });
});

describe('UDSServer: connections', () => {
  test('wait for takeConnection in the order of their arrival', async () => {
    const path = socketPath();
    const server = listening(path);
    let arrivals = 0;
    server.onConnection = () => arrivals++;
    for (const name of ['a', 'b', 'c']) connectTo(path).write(name);
    await until(() => arrivals === 3);
    for (const name of ['a', 'b', 'c']) {
      const stream = server.takeConnection()!;
      disposals.push(() => stream.destroy());
      expect(stream.getStatus()).toBe(TCPStatus.STATUS_CONNECTED);
      await until(() => stream.getAvailableBytes() === 1);
      expect(Buffer.from(stream.getData(1)[1]).toString()).toBe(name);
    }
    expect(server.takeConnection()).toBeNull();
  });

  test.each([1, 2, 3])('of three, %i may wait', async (most) => {
    const path = socketPath();
    const server = listening(path);
    server.maxWaitingConnections = most;
    const sockets = [connectTo(path), connectTo(path), connectTo(path)];
    let closed = 0;
    for (const socket of sockets) socket.resume().on('close', () => closed++);
    await until(() => closed === 3 - most);
    expect(server.getDroppedConnections()).toBe(3 - most);
    server.stop();
    await until(() => closed === 3);
    expect(server.isConnectionAvailable()).toBe(false);
    await turn();
  });
});
