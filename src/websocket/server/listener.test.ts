import { createServer } from 'node:http';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { makeIdentity, serverOptions } from '../../../test/support/certificates.ts';
import { socketPath } from '../../../test/support/socket-folder.ts';
import { until } from '../../../test/support/until.ts';
import { ErrorCode } from '../../error-code.ts';
import { StreamPeerTCP, StreamPeerTLS, TLSOptions } from '../../stream/index.ts';
import { Listener, type ListenerOptions } from './listener.ts';

const identity = await makeIdentity('listener.test');

function make(options: Partial<ListenerOptions> = {}): Listener & { connections: number } {
  const listener = new Listener({
    backlog: undefined,
    maxWaitingConnections: 10,
    waitingShare: null,
    onConnection: () => made.connections++,
    ...options,
  });
  const made = Object.assign(listener, { connections: 0 });
  onTestFinished(() => listener.stop());
  return made;
}

function knock(port: number): void {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
}

const take = (): boolean => true;

test('it listens at one place at a time', () => {
  const listener = make();
  expect([listener.isListening, listener.localPort, listener.failure]).toEqual([false, 0, null]);
  expect(listener.listen(0, '127.0.0.1', null)).toBe(ErrorCode.OK);
  expect([listener.isListening, listener.localPort > 0, listener.failure]).toEqual([true, true, null]);
  const path = socketPath();
  expect(listener.listenUnix(path, null)).toBe(ErrorCode.ERR_ALREADY_IN_USE);
  expect(listener.failure).toMatchObject({ code: 'TICKPEER_LISTEN_FAILED' });
  listener.stop();
  expect([listener.isListening, listener.localPort]).toEqual([false, 0]);
  expect(listener.listenUnix(path, null)).toBe(ErrorCode.OK);
  expect([listener.isListening, listener.failure]).toEqual([true, null]);
  expect(listener.listen(0, '127.0.0.1', null)).toBe(ErrorCode.ERR_ALREADY_IN_USE);
});

test('a place where it cannot listen has a failure, until the next call', () => {
  const listener = make();
  expect(listener.listen(0, 'no address', null)).toBe(ErrorCode.ERR_INVALID_PARAMETER);
  expect([listener.isListening, listener.failure === null]).toEqual([false, false]);
  expect(listener.listen(0, '127.0.0.1', null)).toBe(ErrorCode.OK);
  expect(listener.failure).toBeNull();
});

test('a client’s TLS options are refused before it listens', () => {
  const listener = make();
  expect(listener.listen(0, '127.0.0.1', TLSOptions.client())).toBe(ErrorCode.ERR_INVALID_PARAMETER);
  expect([listener.isListening, listener.failure === null]).toEqual([false, false]);
});

test('a connection is reported, and taken once', async () => {
  const listener = make();
  listener.listen(0, '127.0.0.1', null);
  expect([listener.isConnectionAvailable, listener.takeConnection()]).toEqual([false, null]);
  knock(listener.localPort);
  await until(() => listener.isConnectionAvailable);
  expect(listener.connections).toBe(1);
  const stream = listener.takeConnection();
  onTestFinished(() => stream?.destroy());
  expect(stream).toBeInstanceOf(StreamPeerTCP);
  expect([listener.isConnectionAvailable, listener.takeConnection()]).toEqual([false, null]);
});

test('maxWaitingConnections are kept, and one more is dropped and counted', async () => {
  const listener = make({ maxWaitingConnections: 2 });
  listener.listen(0, '127.0.0.1', null);
  for (let count = 1; count <= 2; count++) knock(listener.localPort);
  await until(() => listener.connections === 2);
  expect(listener.droppedConnections).toBe(0);
  knock(listener.localPort);
  await until(() => listener.droppedConnections > 0);
  expect(listener.droppedConnections).toBe(1);
  for (let count = 1; count <= 2; count++) listener.takeConnection()!.destroy();
  expect(listener.takeConnection()).toBeNull();
});

test('with TLS a connection begins TLS, and without it TLS options cannot be changed', async () => {
  const plain = make();
  plain.listen(0, '127.0.0.1', null);
  expect(plain.setTlsOptions(serverOptions(identity))).toBe(ErrorCode.ERR_UNCONFIGURED);
  expect(plain.failure).toMatchObject({ code: 'TICKPEER_NOT_OPEN' });

  const listener = make();
  listener.listen(0, '127.0.0.1', serverOptions(identity));
  expect(listener.setTlsOptions(TLSOptions.client())).toBe(ErrorCode.ERR_INVALID_PARAMETER);
  expect(listener.setTlsOptions(serverOptions(identity))).toBe(ErrorCode.OK);
  expect(listener.failure).toBeNull();
  knock(listener.localPort);
  await until(() => listener.isConnectionAvailable);
  const stream = listener.takeConnection();
  onTestFinished(() => stream?.destroy());
  expect(stream).toBeInstanceOf(StreamPeerTLS);
  listener.stop();
  expect(listener.setTlsOptions(serverOptions(identity))).toBe(ErrorCode.ERR_UNCONFIGURED);
});

test('it listens while it is attached, and each path of an HTTP server has one place', () => {
  const http = createServer();
  const [one, two] = [make(), make()];
  expect(one.attach(http, null, take)).toBe(ErrorCode.OK);
  expect(two.attach(http, null, take)).toBe(ErrorCode.ERR_ALREADY_IN_USE);
  expect(two.failure).toMatchObject({ code: 'TICKPEER_ALREADY_IN_USE' });
  expect([one.isListening, two.isListening]).toEqual([true, false]);
  expect(two.attach(http, '/two', take)).toBe(ErrorCode.OK);
  expect([two.isListening, two.failure]).toEqual([true, null]);
  one.stop();
  expect([one.isListening, two.isListening]).toEqual([false, true]);
  expect(two.attach(http, null, take)).toBe(ErrorCode.OK);
});

test('stop can keep the port, and detaches in any case', () => {
  const http = createServer();
  const listener = make();
  listener.listen(0, '127.0.0.1', null);
  listener.attach(http, null, take);
  const port = listener.localPort;
  listener.stop(true);
  expect([listener.isListening, listener.localPort]).toEqual([true, port]);
  expect(make().attach(http, null, take)).toBe(ErrorCode.OK);
  listener.stop();
  expect([listener.isListening, listener.localPort]).toEqual([false, 0]);
});
