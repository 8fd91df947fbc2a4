import * as net from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { turn, until } from '../../../test/support/until.ts';
import { ErrorCode } from '../../error-code.ts';
import type { Failure } from '../../failure.ts';
import { TCPServer } from '../listening/tcp-server.ts';
import type { StreamSink } from '../peer/stream-sink.ts';
import { StreamPeerTCP } from './stream-peer-tcp.ts';
import { TCPStatus } from './tcp-status.ts';

const disposals: (() => void)[] = [];
afterEach(() => {
  for (const dispose of disposals.splice(0)) dispose();
});

function listening(address = '127.0.0.1'): TCPServer {
  const server = new TCPServer();
  disposals.push(() => server.stop());
  expect(server.listen(0, address)).toBe(ErrorCode.OK);
  return server;
}

async function pair(address = '127.0.0.1'): Promise<[client: StreamPeerTCP, served: StreamPeerTCP]> {
  const server = listening(address);
  const client = new StreamPeerTCP();
  disposals.push(() => client.destroy());
  expect(client.connectToHost(address, server.getLocalPort())).toBe(ErrorCode.OK);
  await until(() => {
    client.poll();
    return client.getStatus() === TCPStatus.STATUS_CONNECTED && server.isConnectionAvailable();
  });
  const served = server.takeConnection()!;
  disposals.push(() => served.destroy());
  return [client, served];
}

/** A sink that writes down what it hears. */
class Recorder implements StreamSink {
  readonly events: string[] = [];
  bytes = 0;
  failure: Failure | null = null;

  onStreamOpen(): void {
    this.events.push('open');
  }
  onStreamData(chunk: Uint8Array): void {
    this.bytes += chunk.length;
  }
  onStreamDrain(): void {
    this.events.push('drain');
  }
  onStreamEnd(): void {
    this.events.push('end');
  }
  onStreamFailure(failure: Failure): void {
    this.events.push('failure');
    this.failure = failure;
  }
}

async function read(stream: StreamPeerTCP, count: number): Promise<string> {
  await until(() => stream.getAvailableBytes() >= count);
  return Buffer.from(stream.getData(count)[1]).toString();
}

describe('StreamPeerTCP: connecting', () => {
  test('the class has the names of the enum', () => {
    expect([StreamPeerTCP.STATUS_NONE, StreamPeerTCP.STATUS_CONNECTING]).toEqual([0, 1]);
    expect([StreamPeerTCP.STATUS_CONNECTED, StreamPeerTCP.STATUS_ERROR]).toEqual([2, 3]);
  });

  test('bytes pass in both directions, and the status changes in poll() only', async () => {
    const server = listening();
    const client = new StreamPeerTCP();
    expect(client.getStatus()).toBe(TCPStatus.STATUS_NONE);
    expect(client.connectToHost('localhost', server.getLocalPort())).toBe(ErrorCode.OK);
    expect(client.getStatus()).toBe(TCPStatus.STATUS_CONNECTING);
    expect(client.putData(Buffer.from('too early'))).toBe(ErrorCode.FAILED);
    expect(client.connectToHost('localhost', server.getLocalPort())).toBe(ErrorCode.ERR_ALREADY_IN_USE);
    await until(() => server.isConnectionAvailable());
    await until(() => client.getConnectedPort() > 0);
    expect(client.getStatus()).toBe(TCPStatus.STATUS_CONNECTING);
    expect(client.poll()).toBe(ErrorCode.OK);
    expect(client.getStatus()).toBe(TCPStatus.STATUS_CONNECTED);
    const served = server.takeConnection()!;
    expect(served.getStatus()).toBe(TCPStatus.STATUS_CONNECTED);
    expect(served.getPartialData(10)).toEqual([ErrorCode.OK, new Uint8Array(0)]);
    client.putUtf8String('hello');
    await until(() => served.getAvailableBytes() >= 9);
    expect(served.getUtf8String()).toBe('hello');
    served.putData(Buffer.from('welcome'));
    expect(await read(client, 7)).toBe('welcome');
    client.destroy();
    served.destroy();
  });

  test.each(['127.0.0.1', '::1'])('addresses and ports of a connection to %s', async (address) => {
    const [client, served] = await pair(address);
    expect([client.getConnectedHost(), served.getConnectedHost()]).toEqual([address, address]);
    expect([client.getLocalHost(), served.getLocalHost()]).toEqual([address, address]);
    expect(client.getConnectedPort()).toBe(served.getLocalPort());
    expect(client.getLocalPort()).toBe(served.getConnectedPort());
    client.setNoDelay(false);
    client.disconnectFromHost();
    expect([client.getConnectedHost(), client.getConnectedPort(), client.getLocalPort()]).toEqual(['', 0, 0]);
  });

  test('an IPv4 client of a dual-stack server has a dotted address', async () => {
    const server = listening('*');
    const client = new StreamPeerTCP();
    client.connectToHost('127.0.0.1', server.getLocalPort());
    await until(() => server.isConnectionAvailable());
    expect(server.takeConnection()?.getConnectedHost()).toBe('127.0.0.1');
    client.destroy();
  });

  test.each([
    ['127.0.0.1', 0],
    ['127.0.0.1', 65_536],
    ['127.0.0.1', 1.5],
    ['', 80],
    ['a b', 80],
    ['a/b', 80],
    ['[127.0.0.1]', 80],
    ['[::1', 80],
    ['user@host', 80],
    [`${'a'.repeat(254)}`, 80],
  ])('connectToHost(%j, %d) is ERR_INVALID_PARAMETER', (host, port) => {
    const client = new StreamPeerTCP();
    expect(client.connectToHost(host, port)).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect(client.getStatus()).toBe(TCPStatus.STATUS_NONE);
  });

  test.each([1, 65_535])('port %d is accepted', (port) => {
    const client = new StreamPeerTCP();
    expect(client.connectToHost('127.0.0.1', port)).toBe(ErrorCode.OK);
    client.destroy();
    expect(client.getStatus()).toBe(TCPStatus.STATUS_NONE);
  });

  test('a refused port is reported once, and the object can connect again', async () => {
    const server = listening();
    const port = server.getLocalPort();
    server.stop();
    const client = new StreamPeerTCP();
    client.connectToHost('127.0.0.1', port);
    let code = ErrorCode.OK;
    await until(() => {
      code = client.poll();
      return code !== ErrorCode.OK;
    });
    expect(code).toBe(ErrorCode.ERR_CONNECTION_ERROR);
    expect(client.getStatus()).toBe(TCPStatus.STATUS_ERROR);
    expect(client.getLastFailure()).toMatchObject({ code: 'TICKPEER_CANT_CONNECT', cause: { code: 'ECONNREFUSED' } });
    expect(client.poll()).toBe(ErrorCode.OK);
    expect(client.connectToHost('127.0.0.1', port)).toBe(ErrorCode.ERR_ALREADY_IN_USE);
    client.disconnectFromHost();
    expect(client.getStatus()).toBe(TCPStatus.STATUS_NONE);
    expect(client.getLastFailure()).toBeNull();
    const again = listening();
    expect(client.connectToHost('127.0.0.1', again.getLocalPort())).toBe(ErrorCode.OK);
    await until(() => client.poll() === ErrorCode.OK && client.getStatus() === TCPStatus.STATUS_CONNECTED);
    client.destroy();
  });

  test('an unknown name is ERR_CANT_RESOLVE', async () => {
    const error = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
    const client = new StreamPeerTCP(undefined, { lookup: (_host, done) => setImmediate(done, error, []) });
    expect(client.connectToHost('no.such.name', 80)).toBe(ErrorCode.OK);
    let code = ErrorCode.OK;
    await until(() => {
      code = client.poll();
      return code !== ErrorCode.OK;
    });
    expect(code).toBe(ErrorCode.ERR_CANT_RESOLVE);
    expect(client.getStatus()).toBe(TCPStatus.STATUS_ERROR);
    expect(client.getLastFailure()?.code).toBe('TICKPEER_CANT_RESOLVE');
  });

  test('connecting ends at its time limit', async () => {
    const client = new StreamPeerTCP(undefined, { lookup: () => {} });
    client.connectTimeLimit = 0.01;
    client.connectToHost('slow.example', 80);
    await until(() => client.poll() === ErrorCode.ERR_CONNECTION_ERROR);
    expect(client.getLastFailure()?.code).toBe('TICKPEER_CONNECT_TIMEOUT');
    for (const limit of [0, -1, Number.NaN]) {
      client.disconnectFromHost();
      client.connectTimeLimit = limit;
      expect(() => client.connectToHost('slow.example', 80)).toThrow(RangeError);
    }
  });

  test('bind chooses the local address', async () => {
    const server = listening();
    const client = new StreamPeerTCP();
    expect(client.bind(-1)).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect(client.bind(65_536)).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect(client.bind(0, 'name')).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect(client.bind(0, '127.0.0.2')).toBe(ErrorCode.OK);
    client.connectToHost('127.0.0.1', server.getLocalPort());
    expect(client.bind(0)).toBe(ErrorCode.ERR_ALREADY_IN_USE);
    await until(() => server.isConnectionAvailable());
    expect(server.takeConnection()?.getConnectedHost()).toBe('127.0.0.2');
    client.destroy();
  });
});

describe('StreamPeerTCP: ends and failures', () => {
  test('an end: what came before it is read, then ERR_FILE_EOF and STATUS_NONE', async () => {
    const [client, served] = await pair();
    client.putData(Buffer.from('bye'));
    client.end();
    expect(await read(served, 1)).toBe('b');
    await until(() => served.getAvailableBytes() === 2);
    await turn();
    expect(served.poll()).toBe(ErrorCode.OK);
    expect(served.getStatus()).toBe(TCPStatus.STATUS_CONNECTED);
    expect(await read(served, 2)).toBe('ye');
    await until(() => served.getPartialData(1)[0] === ErrorCode.ERR_FILE_EOF);
    expect(served.getStatus()).toBe(TCPStatus.STATUS_NONE);
    expect(served.getPartialData(1)[0]).toBe(ErrorCode.FAILED);
    expect(served.putData(Buffer.from('x'))).toBe(ErrorCode.FAILED);
  });

  test('an end that only poll() notices is STATUS_NONE and OK', async () => {
    const [client, served] = await pair();
    client.end();
    await until(() => served.poll() === ErrorCode.OK && served.getStatus() === TCPStatus.STATUS_NONE);
  });

  test('after our own end the other side can still send', async () => {
    const [client, served] = await pair();
    client.end();
    const sink = new Recorder();
    served.setSink(sink);
    await until(() => sink.events.includes('end'));
    expect(sink.events).toEqual(['open', 'end']);
    served.poll();
    served.write(Buffer.from('late'));
    expect(await read(client, 4)).toBe('late');
    served.end();
    await until(() => client.getPartialData(1)[0] === ErrorCode.ERR_FILE_EOF);
  });

  test('a reset is STATUS_ERROR with a failure of its own', async () => {
    const server = listening();
    const socket = net.connect(server.getLocalPort(), '127.0.0.1');
    await until(() => server.isConnectionAvailable());
    const served = server.takeConnection()!;
    served.poll();
    socket.resetAndDestroy();
    await until(() => served.poll() === ErrorCode.ERR_CONNECTION_ERROR);
    expect(served.getStatus()).toBe(TCPStatus.STATUS_ERROR);
    expect(served.getLastFailure()).toMatchObject({ code: 'TICKPEER_CONNECTION_RESET', cause: { code: 'ECONNRESET' } });
    expect(served.putData(Buffer.from('x'))).toBe(ErrorCode.FAILED);
  });

  test('a socket that other code destroys is a lost connection', async () => {
    const [client] = await pair();
    const socket = new net.Socket();
    const stream = StreamPeerTCP.fromSocket(socket);
    const sink = new Recorder();
    stream.setSink(sink);
    socket.destroy();
    await until(() => sink.failure !== null);
    expect(sink.failure?.code).toBe('TICKPEER_CONNECTION_LOST');
    client.destroy();
  });

  test('after destroy() no sink is called, and late errors have no effect', async () => {
    const [client, served] = await pair();
    const sink = new Recorder();
    served.setSink(sink);
    const socket = net.connect(1, '127.0.0.1');
    const stream = StreamPeerTCP.fromSocket(socket);
    const other = new Recorder();
    stream.setSink(other);
    stream.destroy();
    socket.emit('error', new Error('late'));
    client.write(Buffer.from('data'));
    served.destroy();
    await until(() => client.getPartialData(1)[0] !== ErrorCode.OK);
    expect(sink).toMatchObject({ events: ['open'], bytes: 0, failure: null });
    expect(other.events).toEqual([]);
    served.write(Buffer.from('ignored'));
    served.writeAll([Buffer.from('ignored')]);
    served.end();
    served.linger(10);
    expect(served.getUnsentBytes()).toBe(0);
  });
});

describe('StreamPeerTCP: writing and reading much', () => {
  test('partial writes stop at 64 KiB unsent, and drain is reported when everything has left', async () => {
    const [client, served] = await pair();
    let written = 0;
    for (;;) {
      const [code, count] = client.putPartialData(new Uint8Array(1_000_000));
      expect(code).toBe(ErrorCode.OK);
      written += count;
      if (count === 0) break;
    }
    expect(client.getUnsentBytes()).toBe(65_536);
    const sink = new Recorder();
    client.setSink(sink);
    await turn();
    expect(sink.events).toEqual(['open']);
    const reader = new Recorder();
    served.setSink(reader);
    await until(() => reader.bytes === written);
    await until(() => sink.events.includes('drain'));
    expect(client.getUnsentBytes()).toBe(0);
    expect(sink.events).toEqual(['open', 'drain']);
  });

  test('a small write that the kernel does not take is reported when it has left, too', async () => {
    const [client, served] = await pair();
    const sink = new Recorder();
    client.setSink(sink);
    while (client.getUnsentBytes() === 0) client.write(new Uint8Array(60_000));
    client.write(new Uint8Array(1));
    const reader = new Recorder();
    served.setSink(reader);
    await until(() => sink.events.includes('drain'));
    expect(sink.events.filter((event) => event === 'drain')).toHaveLength(1);
  });

  test('a write that the kernel takes at once reports no drain', async () => {
    const [client, served] = await pair();
    const sink = new Recorder();
    client.setSink(sink);
    client.write(Buffer.from('one'));
    client.writeAll([Buffer.from('two'), Buffer.from('three')]);
    client.writeAll([]);
    expect(client.getUnsentBytes()).toBe(0);
    expect(await read(served, 11)).toBe('onetwothree');
    expect(sink.events).toEqual(['open']);
  });

  test('without reading, a limited amount is kept, and nothing is lost', async () => {
    const [client, served] = await pair();
    const total = 20_000_000;
    served.poll();
    client.putData(new Uint8Array(total).fill(7));
    for (let turns = 0; turns < 200; turns++) await turn();
    expect(served.getAvailableBytes()).toBeLessThan(65_536 * 3);
    expect(served.getAvailableBytes()).toBeGreaterThanOrEqual(65_536);
    expect(client.getUnsentBytes()).toBeGreaterThan(0);
    let received = 0;
    await until(() => {
      received += served.getPartialData(1_000_000)[1].length;
      return received === total;
    });
  });

  test('a sink that takes over a full buffer gets the rest as well, unless it pauses', async () => {
    const [client, served] = await pair();
    served.poll();
    client.putData(new Uint8Array(5_000_000));
    await until(() => served.getAvailableBytes() >= 65_536);
    const sink = new Recorder();
    served.setSink(sink);
    await until(() => sink.bytes === 5_000_000);
    served.pauseReading();
    client.putData(new Uint8Array(1000));
    for (let turns = 0; turns < 20; turns++) await turn();
    expect(sink.bytes).toBe(5_000_000);
    served.resumeReading();
    await until(() => sink.bytes === 5_001_000);
  });

  test('disconnectFromHost() still sends written bytes', async () => {
    const [client, served] = await pair();
    client.putData(new Uint8Array(10_000_000));
    expect(client.getUnsentBytes()).toBeGreaterThan(0);
    client.disconnectFromHost();
    expect(client.getStatus()).toBe(TCPStatus.STATUS_NONE);
    const sink = new Recorder();
    served.setSink(sink);
    await until(() => sink.events.includes('end'));
    expect(sink.bytes).toBe(10_000_000);
  });
});

describe('StreamPeerTCP: linger', () => {
  test('what was written arrives although much was left unread', async () => {
    const [client, served] = await pair();
    client.putData(new Uint8Array(3_000_000));
    await until(() => client.getUnsentBytes() > 0 || served.getAvailableBytes() > 0);
    const sink = new Recorder();
    served.setSink(sink);
    served.pauseReading();
    served.write(Buffer.from('close frame'));
    served.linger(5000);
    expect(served.getStatus()).toBe(TCPStatus.STATUS_NONE);
    expect(await read(client, 11)).toBe('close frame');
    await until(() => client.getUnsentBytes() === 0);
    await until(() => client.getPartialData(1)[0] === ErrorCode.ERR_FILE_EOF);
    expect(sink.events).toEqual(['open']);
  });

  test('the socket is dropped after the time limit when the other side does not end', async () => {
    const server = listening();
    const socket = net.connect({ port: server.getLocalPort(), host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => {});
    await until(() => server.isConnectionAvailable());
    const served = server.takeConnection()!;
    let isClosed = false;
    const below = served.handOver()!;
    below.on('close', () => {
      isClosed = true;
    });
    const stream = StreamPeerTCP.fromSocket(below);
    stream.linger(20);
    await until(() => socket.readyState === 'open');
    await until(() => isClosed);
    socket.destroy();
    expect(() => stream.linger(-1)).toThrow(RangeError);
    expect(() => stream.linger(Number.NaN)).toThrow(RangeError);
  });
});

describe('StreamPeerTCP.fromSocket', () => {
  async function sockets(): Promise<[net.Socket, net.Socket]> {
    let served: net.Socket | null = null;
    const server = net.createServer((socket) => {
      served = socket;
    });
    server.listen(0, '127.0.0.1');
    await until(() => server.listening);
    const { port } = server.address() as net.AddressInfo;
    const client = net.connect(port, '127.0.0.1');
    await until(() => served !== null && !client.connecting);
    server.close();
    disposals.push(() => client.destroy());
    return [client, served!];
  }

  test('bytes that were already read come first', async () => {
    const [client, served] = await sockets();
    const stream = StreamPeerTCP.fromSocket(served, Buffer.from('head '));
    client.write('body');
    expect(stream.getStatus()).toBe(TCPStatus.STATUS_CONNECTED);
    expect(stream.getAvailableBytes()).toBe(5);
    expect(await read(stream, 9)).toBe('head body');
    stream.destroy();
  });

  test.each(['flowing', 'paused'])('works for a %s socket', async (mode) => {
    const [client, served] = await sockets();
    client.write('early ');
    if (mode === 'flowing') {
      let seen = 0;
      const count = (chunk: Buffer) => {
        seen += chunk.length;
      };
      served.on('data', count);
      await until(() => seen === 6);
      served.off('data', count);
    } else {
      served.pause();
    }
    const stream = StreamPeerTCP.fromSocket(served);
    client.write('late');
    expect(await read(stream, mode === 'flowing' ? 4 : 10)).toBe(mode === 'flowing' ? 'late' : 'early late');
    stream.destroy();
  });

  test('a connecting socket becomes CONNECTED', async () => {
    const server = listening();
    const stream = StreamPeerTCP.fromSocket(net.connect(server.getLocalPort(), '127.0.0.1'));
    expect(stream.getStatus()).toBe(TCPStatus.STATUS_CONNECTING);
    await until(() => stream.poll() === ErrorCode.OK && stream.getStatus() === TCPStatus.STATUS_CONNECTED);
    stream.destroy();
  });

  test('a destroyed socket is an error at once', async () => {
    const socket = new net.Socket();
    socket.destroy();
    const stream = StreamPeerTCP.fromSocket(socket);
    expect(stream.getStatus()).toBe(TCPStatus.STATUS_ERROR);
    expect(stream.getLastFailure()?.code).toBe('TICKPEER_CONNECTION_LOST');
  });

  test('handOver() returns the socket with the bytes that were read and not taken', async () => {
    const [client, served] = await pair();
    client.putData(Buffer.from('abcdef'));
    expect(await read(served, 2)).toBe('ab');
    await until(() => served.getAvailableBytes() === 4);
    const socket = served.handOver()!;
    expect(served.handOver()).toBeNull();
    expect(served.putData(Buffer.from('x'))).toBe(ErrorCode.ERR_ALREADY_IN_USE);
    expect(served.getPartialData(1)[0]).toBe(ErrorCode.ERR_ALREADY_IN_USE);
    expect(served.getConnectedHost()).toBe('127.0.0.1');
    const taken = StreamPeerTCP.fromSocket(socket);
    expect(await read(taken, 4)).toBe('cdef');
    taken.destroy();
    served.poll();
    expect(served.getStatus()).toBe(TCPStatus.STATUS_NONE);
  });
});
