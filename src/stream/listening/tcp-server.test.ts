import cluster from 'node:cluster';
import * as net from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { turn, until } from '../../../test/support/until.ts';
import { ErrorCode } from '../../error-code.ts';
import { TCPStatus } from '../socket/tcp-status.ts';
import { TCPServer } from './tcp-server.ts';

const disposals: (() => void)[] = [];
afterEach(() => {
  for (const dispose of disposals.splice(0)) dispose();
});

function newServer(): TCPServer {
  const server = new TCPServer();
  disposals.push(() => server.stop());
  return server;
}

function connectTo(port: number, host = '127.0.0.1'): net.Socket {
  const socket = net.connect(port, host);
  socket.on('error', () => {});
  disposals.push(() => socket.destroy());
  return socket;
}

describe('TCPServer.listen', () => {
  test.each(['*', '127.0.0.1', '::1', '[::1]', '0.0.0.0', '::'])('listens on %s at once', (address) => {
    const server = newServer();
    expect([server.isListening(), server.getLocalPort()]).toEqual([false, 0]);
    expect(server.listen(0, address)).toBe(ErrorCode.OK);
    expect(server.isListening()).toBe(true);
    expect(server.getLocalPort()).toBeGreaterThan(0);
    expect(server.isConnectionAvailable()).toBe(false);
    expect(server.takeConnection()).toBeNull();
    expect(server.listen(0, address)).toBe(ErrorCode.ERR_ALREADY_IN_USE);
    server.stop();
    expect([server.isListening(), server.getLocalPort()]).toEqual([false, 0]);
  });

  test('"*" accepts IPv4 and IPv6', async () => {
    const server = newServer();
    server.listen(0);
    connectTo(server.getLocalPort(), '127.0.0.1');
    connectTo(server.getLocalPort(), '::1');
    const hosts = new Set<string>();
    await until(() => {
      hosts.add(server.takeConnection()?.getConnectedHost() ?? '');
      return hosts.has('127.0.0.1') && hosts.has('::1');
    });
  });

  test.each([
    ['127.0.0.1', '127.0.0.1'],
    ['*', '*'],
    ['*', '127.0.0.1'],
  ])('a port in use on %s cannot be listened on at %s, and listen() says so at once', async (first, second) => {
    const holder = newServer();
    holder.listen(0, first);
    const server = newServer();
    expect(server.listen(holder.getLocalPort(), second)).toBe(ErrorCode.ERR_ALREADY_IN_USE);
    expect(server.isListening()).toBe(false);
    expect(server.getLastFailure()?.code).toBe('TICKPEER_LISTEN_FAILED');
    expect(server.getLastFailure()?.message).toContain('the port is taken');
    await until(() => server.getLastFailure()?.cause !== undefined);
    expect(server.getLastFailure()?.cause).toMatchObject({ code: 'EADDRINUSE' });
    expect(server.listen(0, second)).toBe(ErrorCode.OK);
    expect(server.getLastFailure()).toBeNull();
  });

  test('the late error of a bind that failed does not touch the next one', async () => {
    const holder = newServer();
    holder.listen(0, '127.0.0.1');
    const server = newServer();
    server.listen(holder.getLocalPort(), '127.0.0.1');
    server.listen(0, '127.0.0.1');
    await turn();
    await turn();
    expect(server.getLastFailure()).toBeNull();
    expect(server.isListening()).toBe(true);
  });

  test.each([
    [-1, '*'],
    [65_536, '*'],
    [1.5, '*'],
    [0, ''],
    [0, 'localhost'],
    [0, '1.2.3'],
  ])('listen(%d, %j) is ERR_INVALID_PARAMETER', (port, address) => {
    expect(newServer().listen(port, address)).toBe(ErrorCode.ERR_INVALID_PARAMETER);
  });

  test('an address of another machine is ERR_CANT_CREATE', () => {
    const server = newServer();
    expect(server.listen(0, '192.0.2.1')).toBe(ErrorCode.ERR_CANT_CREATE);
    expect(server.isListening()).toBe(false);
    expect(server.getLastFailure()?.message).toContain('192.0.2.1:0');
  });

  test('an impossible backlog throws', () => {
    for (const backlog of [0, -1, 1.5]) expect(() => newServer().listen(0, '*', { backlog })).toThrow(RangeError);
    expect(newServer().listen(0, '127.0.0.1', { backlog: 1 })).toBe(ErrorCode.OK);
  });

  test('a late result of listen (as in a cluster worker) is reported', async () => {
    vi.spyOn(cluster, 'isWorker', 'get').mockReturnValue(true);
    const server = newServer();
    expect(server.listen(0, '127.0.0.1')).toBe(ErrorCode.OK);
    expect(server.isListening()).toBe(true);
    await until(() => server.getLocalPort() > 0);
    const second = newServer();
    expect(second.listen(server.getLocalPort(), '127.0.0.1')).toBe(ErrorCode.OK);
    await until(() => !second.isListening());
    expect(second.getLastFailure()).toMatchObject({ code: 'TICKPEER_LISTEN_FAILED', cause: { code: 'EADDRINUSE' } });
    const stopped = newServer();
    stopped.listen(0, '127.0.0.1');
    stopped.stop();
    await turn();
    await turn();
    expect(stopped.getLocalPort()).toBe(0);
    vi.restoreAllMocks();
  });
});

describe('TCPServer: connections', () => {
  test('they wait in order, connected and unread, and wake the owner', async () => {
    const server = newServer();
    let wakes = 0;
    server.onConnection = () => wakes++;
    server.listen(0, '127.0.0.1');
    connectTo(server.getLocalPort()).write('first');
    await until(() => wakes === 1);
    connectTo(server.getLocalPort()).write('second');
    await until(() => wakes === 2);
    expect(server.isConnectionAvailable()).toBe(true);
    const first = server.takeConnection()!;
    expect(first.getStatus()).toBe(TCPStatus.STATUS_CONNECTED);
    await until(() => first.getAvailableBytes() === 5);
    expect(Buffer.from(first.getData(5)[1]).toString()).toBe('first');
    const second = server.takeConnection()!;
    await until(() => second.getAvailableBytes() === 6);
    expect(server.isConnectionAvailable()).toBe(false);
    first.destroy();
    second.destroy();
  });

  test('stop() drops the waiting ones and keeps the taken ones', async () => {
    const server = newServer();
    server.listen(0, '127.0.0.1');
    const first = connectTo(server.getLocalPort());
    await until(() => server.isConnectionAvailable());
    const taken = server.takeConnection()!;
    const second = connectTo(server.getLocalPort());
    await until(() => server.isConnectionAvailable());
    server.stop();
    expect(server.isConnectionAvailable()).toBe(false);
    expect(server.takeConnection()).toBeNull();
    await until(() => second.closed || second.readableEnded || second.destroyed);
    first.write('still here');
    await until(() => taken.getAvailableBytes() === 10);
    taken.destroy();
  });

  test.each([
    [3, 0],
    [2, 0],
    [1, 1],
    [0, 2],
  ])('with room for %i, two connections lose %i', async (room, lost) => {
    const server = newServer();
    server.maxWaitingConnections = room;
    server.listen(0, '127.0.0.1');
    const sockets = [connectTo(server.getLocalPort()), connectTo(server.getLocalPort())];
    let waiting = 0;
    server.onConnection = () => waiting++;
    await until(() => waiting + server.getDroppedConnections() === 2);
    expect(server.getDroppedConnections()).toBe(lost);
    for (const socket of sockets) socket.resume();
    await until(() => sockets.filter((socket) => socket.destroyed).length === lost);
  });

  test('a port that was stopped can be listened on again at once', () => {
    const server = newServer();
    server.listen(0, '127.0.0.1');
    const port = server.getLocalPort();
    server.stop();
    expect(server.listen(port, '127.0.0.1')).toBe(ErrorCode.OK);
    expect(server.getLocalPort()).toBe(port);
  });
});
