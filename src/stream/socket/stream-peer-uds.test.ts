import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import * as net from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { asNobody, pathOfLength, socketFolder, socketPath } from '../../../test/support/socket-folder.ts';
import { turn, until } from '../../../test/support/until.ts';
import { ErrorCode } from '../../error-code.ts';
import { UDSServer } from '../listening/uds-server.ts';
import { StreamPeerUDS } from './stream-peer-uds.ts';
import { TCPStatus } from './tcp-status.ts';

const disposals: (() => void)[] = [];
afterEach(() => {
  for (const dispose of disposals.splice(0)) dispose();
});

function newStream(): StreamPeerUDS {
  const stream = new StreamPeerUDS();
  disposals.push(() => stream.destroy());
  return stream;
}

function listening(path: string, backlog = 511): UDSServer {
  const server = new UDSServer();
  disposals.push(() => server.stop());
  expect(server.listen(path, { backlog })).toBe(ErrorCode.OK);
  return server;
}

async function pair(path = socketPath()): Promise<[client: StreamPeerUDS, served: StreamPeerUDS]> {
  const server = listening(path);
  const client = newStream();
  expect(client.connectToHost(path)).toBe(ErrorCode.OK);
  await until(() => {
    expect(client.poll()).toBe(ErrorCode.OK);
    return client.getStatus() === TCPStatus.STATUS_CONNECTED && server.isConnectionAvailable();
  });
  const served = server.takeConnection()!;
  disposals.push(() => served.destroy());
  return [client, served];
}

async function failing(path: string): Promise<StreamPeerUDS> {
  const stream = newStream();
  expect(stream.connectToHost(path)).toBe(ErrorCode.OK);
  let result = ErrorCode.OK;
  await until(() => {
    result ||= stream.poll();
    return stream.getStatus() !== TCPStatus.STATUS_CONNECTING;
  });
  expect([result, stream.getStatus()]).toEqual([ErrorCode.ERR_CONNECTION_ERROR, TCPStatus.STATUS_ERROR]);
  return stream;
}

describe('StreamPeerUDS: connecting', () => {
  test('bytes pass in both directions, and the status changes in poll() only', async () => {
    const path = socketPath();
    const server = listening(path);
    const client = newStream();
    expect([client.getStatus(), client.getConnectedPath()]).toEqual([StreamPeerUDS.STATUS_NONE, '']);
    expect(client.connectToHost(path)).toBe(ErrorCode.OK);
    expect(client.connectToHost(path)).toBe(ErrorCode.ERR_ALREADY_IN_USE);
    expect(client.putData(Buffer.from('too early'))).toBe(ErrorCode.FAILED);
    await until(() => server.isConnectionAvailable());
    await turn();
    expect(client.getStatus()).toBe(TCPStatus.STATUS_CONNECTING);
    await until(() => client.poll() === ErrorCode.OK && client.getStatus() === TCPStatus.STATUS_CONNECTED);
    const served = server.takeConnection()!;
    disposals.push(() => served.destroy());
    expect(client.putData(Buffer.from('ping'))).toBe(ErrorCode.OK);
    await until(() => served.getAvailableBytes() === 4);
    expect(served.putData(served.getData(4)[1])).toBe(ErrorCode.OK);
    await until(() => client.getAvailableBytes() === 4);
    expect(Buffer.from(client.getData(4)[1]).toString()).toBe('ping');
  });

  test('more than the system takes at once arrives completely', async () => {
    const [client, served] = await pair();
    const much = Buffer.alloc(3_000_000, 'every byte of it');
    expect(client.putData(much)).toBe(ErrorCode.OK);
    expect(client.getUnsentBytes()).toBeGreaterThan(0);
    const parts: Uint8Array[] = [];
    await until(() => {
      parts.push(served.getPartialData(1_000_000)[1]);
      return parts.reduce((sum, { length }) => sum + length, 0) === much.length;
    });
    expect(Buffer.concat(parts).equals(much)).toBe(true);
    await until(() => client.getUnsentBytes() === 0);
  });

  test('the client’s end has a path, and neither end has an address', async () => {
    const path = socketPath();
    const [client, served] = await pair(path);
    expect([client.getConnectedPath(), served.getConnectedPath()]).toEqual([path, '']);
    for (const end of [client, served]) {
      expect([end.getConnectedHost(), end.getConnectedPort(), end.getLocalHost(), end.getLocalPort()]).toEqual([
        '',
        0,
        '',
        0,
      ]);
      end.setNoDelay(true);
    }
    client.disconnectFromHost();
    expect([client.getStatus(), client.getConnectedPath()]).toEqual([TCPStatus.STATUS_NONE, '']);
  });

  test('when the other side has ended and all is read, it disconnects, and can connect again', async () => {
    const path = socketPath();
    const [client, served] = await pair(path);
    served.putData(Buffer.from('last words'));
    served.disconnectFromHost();
    await until(() => client.getAvailableBytes() === 10);
    client.poll();
    expect(client.getStatus()).toBe(TCPStatus.STATUS_CONNECTED);
    client.getData(10);
    await until(() => client.poll() === ErrorCode.OK && client.getStatus() === TCPStatus.STATUS_NONE);
    expect(client.connectToHost(path)).toBe(ErrorCode.OK);
    await until(() => client.poll() === ErrorCode.OK && client.getStatus() === TCPStatus.STATUS_CONNECTED);
  });

  test('an attempt that is given up leaves no socket open', async () => {
    const path = socketPath();
    const server = listening(path);
    const client = newStream();
    client.connectToHost(path);
    client.disconnectFromHost();
    expect([client.getStatus(), client.getConnectedPath()]).toEqual([TCPStatus.STATUS_NONE, '']);
    expect(client.connectToHost(join(path, 'none'))).toBe(ErrorCode.OK);
    client.destroy();
    await until(() => server.isConnectionAvailable());
    expect([client.poll(), client.getLastFailure()]).toEqual([ErrorCode.OK, null]);
  });
});

describe('StreamPeerUDS: failures', () => {
  test('a path of 106 and one of 107 bytes are tried, one of 108 is not', async () => {
    const folder = socketFolder();
    for (const length of [106, 107]) await pair(pathOfLength(folder, length));
    // What a path would be cut to.
    listening(pathOfLength(folder, 107).replace(/a$/, 'b'));
    const stream = newStream();
    const path = `${pathOfLength(folder, 107).replace(/a$/, 'b')}c`;
    expect(stream.connectToHost(path)).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect(stream.getLastFailure()).toEqual({
      code: 'TICKPEER_INVALID_PATH',
      message: `the path of the Unix socket has 108 bytes, and the system takes 107 at most: ${path}`,
    });
    expect(stream.getStatus()).toBe(TCPStatus.STATUS_NONE);
  });

  test('no path, a NUL, and a path that is not a string', () => {
    expect(newStream().connectToHost('')).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect(newStream().connectToHost('\0abstract')).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    // @ts-expect-error: JavaScript lets one call it so.
    expect(() => newStream().connectToHost(undefined)).toThrow(TypeError);
  });

  test.each([
    ['nothing', () => {}, 'ENOENT', 'there is no such file: no server listens, or at another path'],
    ['a file', (path: string) => writeFileSync(path, ''), 'ECONNREFUSED', 'it is no socket'],
    ['a directory', (path: string) => mkdirSync(path), 'ECONNREFUSED', 'it is no socket'],
  ])('%s at the path', async (_, make, code, reason) => {
    const path = socketPath();
    make(path);
    const stream = await failing(path);
    expect(stream.getLastFailure()).toMatchObject({
      code: 'TICKPEER_CANT_CONNECT',
      message: `could not connect to the Unix socket ${path}: ${reason} (${code})`,
      cause: { code },
    });
  });

  test('a part of the path that is not a directory', async () => {
    const path = socketPath();
    writeFileSync(path, '');
    const stream = await failing(join(path, 's'));
    expect(stream.getLastFailure()?.message).toContain('a part of the path is no directory (ENOTDIR)');
  });

  test('no permission', async () => {
    const path = socketPath();
    listening(path);
    chmodSync(path, 0o000);
    const stream = newStream();
    expect(asNobody(() => stream.connectToHost(path))).toBe(ErrorCode.OK);
    await until(() => stream.poll() !== ErrorCode.OK);
    expect(stream.getLastFailure()?.message).toMatch(/no permission: .* \(EACCES\)$/);
  });

  test('a full backlog: a further connection fails at once', async () => {
    const path = socketPath();
    const server = listening(path, 1);
    const streams = Array.from({ length: 5 }, newStream);
    for (const stream of streams) expect(stream.connectToHost(path)).toBe(ErrorCode.OK);
    await until(() => {
      for (const stream of streams) stream.poll();
      return streams.every((stream) => stream.getStatus() !== TCPStatus.STATUS_CONNECTING);
    });
    const failed = streams.filter((stream) => stream.getStatus() === TCPStatus.STATUS_ERROR);
    // Linux has room for one more than the backlog.
    expect(failed).toHaveLength(3);
    expect(failed[0]?.getLastFailure()?.message).toMatch(/as many connections wait there .* \(EAGAIN\)$/);
    await until(() => server.isConnectionAvailable());
  });

  test('a server that ends without sending', async () => {
    const [client, served] = await pair();
    client.putData(Buffer.from('never read'));
    await until(() => served.getAvailableBytes() === 10);
    client.putData(Buffer.alloc(1_000_000));
    served.destroy();
    let result = ErrorCode.OK;
    await until(() => {
      result ||= client.poll();
      return client.getStatus() !== TCPStatus.STATUS_CONNECTED;
    });
    expect([result, client.getStatus()]).toEqual([ErrorCode.ERR_CONNECTION_ERROR, TCPStatus.STATUS_ERROR]);
    expect(client.getLastFailure()?.code).toMatch(/^TICKPEER_CONNECTION_(RESET|LOST)$/);
  });
});

describe('StreamPeerUDS.fromSocket', () => {
  test('takes a socket that is still connecting, and bytes that were read before', async () => {
    const path = socketPath();
    const server = listening(path);
    const connecting = StreamPeerUDS.fromSocket(net.connect({ path }));
    disposals.push(() => connecting.destroy());
    expect(connecting.getStatus()).toBe(TCPStatus.STATUS_CONNECTING);
    await until(() => connecting.poll() === ErrorCode.OK && connecting.getStatus() === TCPStatus.STATUS_CONNECTED);
    await until(() => server.isConnectionAvailable());
    const socket = server.takeConnection()!.handOver()!;
    const stream = StreamPeerUDS.fromSocket(socket, Buffer.from('first'));
    disposals.push(() => stream.destroy());
    connecting.putData(Buffer.from(' second'));
    await until(() => stream.getAvailableBytes() === 12);
    expect(Buffer.from(stream.getData(12)[1]).toString()).toBe('first second');
  });

  test('a closed socket is an error', () => {
    const socket = new net.Socket();
    socket.destroy();
    expect(StreamPeerUDS.fromSocket(socket).getStatus()).toBe(TCPStatus.STATUS_ERROR);
  });
});
