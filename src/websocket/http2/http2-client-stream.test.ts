import { once } from 'node:events';
import type { IncomingHttpHeaders, ServerHttp2Stream, Settings } from 'node:http2';
import { expect, test } from 'vitest';
import { http2Served } from '../../../test/support/http2-pair.ts';
import { RecordedSink } from '../../../test/support/recorded-sink.ts';
import { until } from '../../../test/support/until.ts';
import type { StreamPeerTLS } from '../../stream/index.ts';
import { HTTP2ClientStream } from './http2-client-stream.ts';

const REQUEST =
  'GET /a?b HTTP/1.1\r\nHost: game.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nX-A: 1\r\n\r\n';

function dial(settings?: Settings) {
  const far = http2Served(settings);
  // `over` calls nothing else of TLS.
  const tls = { handOver: () => far.socket } as unknown as StreamPeerTLS;
  let unsupported = 0;
  const stream = HTTP2ClientStream.over(tls, () => unsupported++)!;
  const sink = new RecordedSink();
  stream.setSink(sink);
  return { ...far, stream, sink, unsupported: () => unsupported };
}

/** A stream whose request has reached the server. */
async function asked() {
  const scene = dial();
  await until(() => scene.sink.events.includes('open'));
  const arrived = once(scene.server, 'stream') as Promise<[ServerHttp2Stream, IncomingHttpHeaders]>;
  // In two chunks; the second has a byte after the head.
  scene.stream.write(Buffer.from(REQUEST.slice(0, 30)));
  scene.stream.write(Buffer.from(`${REQUEST.slice(30)}!`));
  const [served, headers] = await arrived;
  served.on('error', () => {});
  return { ...scene, served, headers };
}

test('TLS that has ended gives no stream', () => {
  const tls = { handOver: () => null } as unknown as StreamPeerTLS;
  expect(HTTP2ClientStream.over(tls, () => {})).toBeNull();
});

test('it opens when the server allows extended CONNECT', async () => {
  const { sink, unsupported } = dial();
  expect(sink.events).toEqual([]);
  await until(() => sink.events.length > 0);
  expect(sink.events).toEqual(['open']);
  expect(unsupported()).toBe(0);
});

test('a server that does not allow extended CONNECT is reported once, and its connection closed', async () => {
  const { sink, socket, unsupported } = dial({ enableConnectProtocol: false });
  await until(() => unsupported() > 0 && socket.destroyed);
  expect(unsupported()).toBe(1);
  expect(sink.events).toEqual([]);
});

test('the request is sent as an extended CONNECT, and the response arrives as HTTP/1.1', async () => {
  const { served, headers, sink } = await asked();
  expect(headers).toMatchObject({
    ':method': 'CONNECT',
    ':protocol': 'websocket',
    ':path': '/a?b',
    ':authority': 'game.test',
    'x-a': '1',
  });
  const [early] = (await once(served, 'data')) as [Buffer];
  expect(early.toString()).toBe('!');
  served.respond({ ':status': 200 });
  served.write('frame');
  await until(() => sink.text.endsWith('frame'));
  expect(sink.text).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/);
  // RFC 6455 1.3 has this accept value for this key.
  expect(sink.text).toContain('Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n');
});

test('a start line that is no request fails after the call', async () => {
  const { stream, sink } = dial();
  await until(() => sink.events.includes('open'));
  stream.write(Buffer.from('GET\r\n\r\n'));
  expect(sink.failure).toBeNull();
  await until(() => sink.failure !== null);
  expect(sink.events).toEqual(['open', sink.failure?.code]);
});

test('a header that HTTP/2 does not take fails after the call', async () => {
  const { stream, sink } = dial();
  await until(() => sink.events.includes('open'));
  stream.write(Buffer.from('GET / HTTP/1.1\r\nHost: a\r\nContent-Type: a/b\r\nContent-Type: c/d\r\n\r\n'));
  expect(sink.failure).toBeNull();
  await until(() => sink.failure !== null);
  expect(sink.failure?.code).toBe('TICKPEER_INVALID_HEADER');
});

test('a connection that breaks before the request is a failure', async () => {
  const { sessions, sink } = dial();
  await until(() => sink.events.includes('open'));
  sessions[0]?.destroy();
  await until(() => sink.failure !== null);
  expect(sink.events).toEqual(['open', 'TICKPEER_CONNECTION_LOST']);
});

test('a connection that breaks after the request is reported once', async () => {
  const { sessions, sink } = await asked();
  sessions[0]?.destroy();
  await until(() => sink.failure !== null);
  await new Promise((resolve) => setImmediate(resolve));
  expect(sink.events.filter((event) => event.startsWith('TICKPEER_'))).toHaveLength(1);
});

test('destroy closes the connection, and nothing is reported', async () => {
  const { stream, socket, sink } = await asked();
  stream.destroy();
  await until(() => socket.destroyed);
  expect(sink.failure).toBeNull();
});

test('linger ends the stream and closes the connection once the server has ended its own', async () => {
  const { stream, served, socket } = await asked();
  served.respond({ ':status': 200 });
  served.resume();
  stream.linger(60_000);
  await until(() => served.readableEnded);
  expect(socket.destroyed).toBe(false);
  served.end();
  await until(() => socket.destroyed);
});

test('linger closes the connection when its time is over', async () => {
  const { stream, socket } = await asked();
  stream.linger(0);
  await until(() => socket.destroyed);
});
