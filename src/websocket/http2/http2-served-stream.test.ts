import { once } from 'node:events';
import type { ClientHttp2Stream, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { expect, test } from 'vitest';
import { http2Pair } from '../../../test/support/http2-pair.ts';
import { RecordedSink } from '../../../test/support/recorded-sink.ts';
import { turn, until } from '../../../test/support/until.ts';
import { HTTP2ServedStream } from './http2-served-stream.ts';

const ASK = { ':method': 'CONNECT', ':protocol': 'websocket', ':scheme': 'http', ':path': '/a', ':authority': 'g' };

interface Scene {
  /** The client's end. */
  readonly asked: ClientHttp2Stream;
  /** The server's end, and the headers of the request. */
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
}

async function request(ask: IncomingHttpHeaders = ASK): Promise<Scene> {
  const { client, server } = http2Pair();
  await once(client, 'remoteSettings');
  const asked = client.request(ask, { endStream: false });
  asked.on('error', () => {});
  const [stream, headers] = (await once(server, 'stream')) as [ServerHttp2Stream, IncomingHttpHeaders];
  return { asked, stream, headers };
}

function write(served: HTTP2ServedStream, text: string): void {
  served.write(Buffer.from(text));
}

async function taken(): Promise<Scene & { served: HTTP2ServedStream; sink: RecordedSink }> {
  const scene = await request();
  const served = HTTP2ServedStream.over(scene.stream, scene.headers)!;
  const sink = new RecordedSink();
  served.setSink(sink);
  return { ...scene, served, sink };
}

test('a request for a WebSocket without a response is taken, and no other', async () => {
  const plain = await request({ ...ASK, ':protocol': 'other' });
  expect(HTTP2ServedStream.over(plain.stream, plain.headers)).toBeNull();
  const { stream, headers } = await request();
  expect(HTTP2ServedStream.over(stream, headers)).not.toBeNull();
  const answered = await request();
  answered.stream.respond({ ':status': 404 });
  expect(HTTP2ServedStream.over(answered.stream, answered.headers)).toBeNull();
});

test('the sink is told that it is open, and gets the request, then the bytes of the client', async () => {
  const { asked, sink } = await taken();
  expect(sink.events).toEqual(['open', 'data']);
  expect(sink.text).toMatch(/^GET \/a HTTP\/1\.1\r\nHost: g\r\n/);
  const request = sink.text.length;
  asked.write('frame');
  await until(() => sink.text.length > request);
  expect(sink.text.slice(request)).toBe('frame');
});

test('the head of the response is sent when it is complete, and the bytes after it are data', async () => {
  const { asked, stream, served } = await taken();
  write(served, 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nX-A: 1\r\n');
  expect(stream.headersSent).toBe(false);
  write(served, '\r\nfirst');
  write(served, ' second');
  const [headers] = (await once(asked, 'response')) as [IncomingHttpHeaders];
  expect(headers).toMatchObject({ ':status': 200, 'x-a': '1' });
  expect('upgrade' in headers).toBe(false);
  let text = '';
  asked.on('data', (chunk) => {
    text += chunk;
  });
  await until(() => text.length >= 12);
  expect(text).toBe('first second');
});

test('a response that HTTP/2 cannot send fails after the call, and closes the stream', async () => {
  const { asked, served, sink } = await taken();
  const before = sink.events.length;
  write(served, 'HTTP/1.1 403 Forbidden\r\nContent-Type: a/b\r\nContent-Type: c/d\r\n\r\n');
  expect(sink.events.length).toBe(before);
  await until(() => sink.failure !== null && asked.closed);
  expect(sink.failure?.code).toBe('TICKPEER_INVALID_HEADER');
});

test('a client that has gone is sent nothing', async () => {
  const { asked, stream, served, sink } = await taken();
  asked.close(8); // CANCEL
  await until(() => stream.closed);
  write(served, 'HTTP/1.1 101 Switching Protocols\r\n\r\n');
  await turn();
  expect(stream.headersSent).toBe(false);
  expect(sink.failure?.code).not.toBe('TICKPEER_INVALID_HEADER');
});
