import { EventEmitter } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http2';
import { expect, test } from 'vitest';
import { HTTP2ServedStream } from '../http2/http2-served-stream.ts';
import { ExtendedConnects, type Http2Server, isHttp2Server } from './extended-connects.ts';

const ASK: IncomingHttpHeaders = { ':method': 'CONNECT', ':protocol': 'websocket', ':path': '/game' };

/** A server's stream as far as it is used, with the calls in `log`. */
class FakeStream extends EventEmitter {
  readonly log: unknown[] = [];
  headersSent = false;
  destroyed = false;
  closed = false;

  pause(): void {}
  resume(): void {}
  respond(headers: object, options: object): void {
    this.log.push(['respond', headers, options]);
    this.headersSent = true;
  }
  close(code: number): void {
    this.log.push(['close', code]);
  }
  destroy(): void {
    this.destroyed = true;
  }
}

class FakeServer extends EventEmitter {
  readonly settings: unknown[] = [];
  updateSettings(settings: object): void {
    this.settings.push(settings);
  }
}

/** `/game` is taken; `takes` is what its attachment returns. */
function make({ takes = true } = {}) {
  const server = new FakeServer();
  const taken: unknown[] = [];
  const attachment = {
    path: '/game',
    take: (stream: unknown) => {
      taken.push(stream);
      return takes;
    },
  };
  const connects = new ExtendedConnects(server as unknown as Http2Server, (target) =>
    target === '/game' ? attachment : undefined,
  );
  connects.listen();
  const onStream = (headers: IncomingHttpHeaders): FakeStream => {
    const stream = new FakeStream();
    server.emit('stream', stream, headers);
    return stream;
  };
  const onConnect = (headers: IncomingHttpHeaders, stream = new FakeStream()): FakeStream => {
    server.emit('connect', { stream, headers }, {});
    return stream;
  };
  return { server, connects, taken, onStream, onConnect };
}

const status = (code: number) => [['respond', { ':status': code }, { endStream: true }]];

test('a server of HTTP/2 is told from one of HTTP/1.1', () => {
  expect([isHttp2Server(new FakeServer()), isHttp2Server(createServer())]).toEqual([true, false]);
});

test('extended CONNECT is allowed while it listens, and stays so; the listeners go', () => {
  const { server, connects } = make();
  expect(server.settings).toEqual([{ enableConnectProtocol: true }]);
  connects.ignore();
  expect([server.settings.length, server.eventNames()]).toEqual([1, []]);
});

test.each(['stream', 'connect'])('a request for a WebSocket is taken by %s', (event) => {
  const { taken, onStream, onConnect } = make();
  const stream = event === 'stream' ? onStream(ASK) : onConnect(ASK);
  expect(taken.length).toBe(1);
  expect(taken[0]).toBeInstanceOf(HTTP2ServedStream);
  expect(stream.log).toEqual([]);
});

test('a stream that comes by both events is taken once', () => {
  const { taken, onStream, onConnect } = make();
  onConnect(ASK, onStream(ASK));
  expect(taken.length).toBe(1);
});

test('a stream that its attachment does not take is refused', () => {
  const { onStream } = make({ takes: false });
  expect(onStream(ASK).log).toEqual([['close', 7]]); // REFUSED_STREAM
});

test.each([
  ['stream', { ...ASK, ':path': '/other' }, 404],
  ['stream', { ':method': 'GET', ':path': '/game' }, 404],
  ['connect', { ...ASK, ':path': '/other' }, 404],
  ['connect', { ':method': 'CONNECT' }, 405],
] as const)('%s with %j gets %i where nobody else listens', (event, headers, code) => {
  const { taken, onStream, onConnect } = make();
  const stream = event === 'stream' ? onStream(headers) : onConnect(headers);
  expect([taken.length, stream.log]).toEqual([0, status(code)]);
  stream.emit('error', new Error('reset'));
  expect(stream.destroyed).toBe(true);
});

test('a stream that is gone gets no response', () => {
  const { server } = make();
  const stream = Object.assign(new FakeStream(), { closed: true });
  server.emit('stream', stream, { ':path': '/' });
  expect(stream.log).toEqual([]);
});

test('other listeners get what is not taken, and its errors harm nobody', () => {
  const { server, onStream, onConnect } = make();
  server.on('stream', () => {});
  server.on('connect', () => {});
  const streams = [onStream({ ...ASK, ':path': '/other' }), onConnect({ ':method': 'CONNECT' })];
  for (const stream of streams) {
    expect(stream.log).toEqual([]);
    expect(stream.emit('error', new Error('reset'))).toBe(true);
  }
  // A page’s stream is theirs alone.
  expect(onStream({ ':method': 'GET', ':path': '/' }).listenerCount('error')).toBe(0);
});

test('a CONNECT that another listener has answered gets no second response', () => {
  const { onConnect } = make();
  const stream = Object.assign(new FakeStream(), { headersSent: true });
  onConnect({ ':method': 'CONNECT' }, stream);
  expect(stream.log).toEqual([]);
});

test('a CONNECT of HTTP/1.1 is hung up on, unless another listener has it', () => {
  const { server } = make();
  const alone = new FakeStream();
  server.emit('connect', { url: 'a:1' }, alone);
  expect(alone.destroyed).toBe(true);
  server.on('connect', () => {});
  const shared = new FakeStream();
  server.emit('connect', { url: 'a:1' }, shared);
  expect([shared.destroyed, shared.emit('error', new Error('reset'))]).toEqual([false, true]);
});
