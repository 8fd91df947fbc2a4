import { once } from 'node:events';
import { connect, createServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { Agent, WebSocket as UndiciSocket } from 'undici';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { ErrorCode } from '../../../src/error-code.ts';
import { State, WebSocketPeer, WebSocketServer } from '../../../src/websocket/index.ts';
import { frameTo } from '../../support/frames.ts';
import { turn, until } from '../../support/until.ts';
import { ASK, ask, closers, echo, identity, listen, NO_HEARTBEAT, portOf, secure, session } from './http2-ends.ts';

describe('a server', () => {
  test('takes an extended CONNECT and answers as RFC 8441 has it', async () => {
    const http = await secure();
    const server = echo({ supportedProtocols: ['game'], compression: true });
    server.attach(http, { path: '/game' });
    const { stream, response } = await ask(await session(http), '/game?x=1', {
      origin: 'https://h2.test',
      'sec-websocket-protocol': 'chat, game',
      'sec-websocket-extensions': 'permessage-deflate',
      cookie: 'a=b',
    });
    expect(response).toMatchObject({ ':status': 200, 'sec-websocket-protocol': 'game' });
    expect(response['sec-websocket-extensions']).toMatch(/^permessage-deflate/);
    for (const name of ['connection', 'upgrade', 'sec-websocket-accept']) expect(response).not.toHaveProperty(name);
    const peer = server.takePeer();
    expect(peer?.getRequestedUrl()).toBe('wss://h2.test/game?x=1');
    expect(peer?.getHandshakeRequest()).toMatchObject({
      method: 'GET',
      path: '/game',
      query: 'x=1',
      origin: 'https://h2.test',
    });
    expect(peer?.getHandshakeRequest()?.headers.get('cookie')).toBe('a=b');
    expect([peer?.getConnectedHost(), peer?.getSelectedProtocol()]).toEqual(['127.0.0.1', 'game']);
    stream.write(frameTo('server', { opcode: 2, payload: Uint8Array.of(1, 2, 3) }));
    const [frame] = (await once(stream, 'data')) as [Buffer];
    expect(frame.toString('hex')).toBe('8203010203');
  });

  test('serves HTTP/1.1 and HTTP/2 and pages on one port', async () => {
    const http = await secure();
    const server = echo();
    server.attach(http, { path: '/ws' });
    const client = await session(http);
    const page = client.request({ ':path': '/page' });
    let text = '';
    for await (const chunk of page) text += chunk;
    expect(text).toBe('page GET /page');
    await ask(client, '/ws');
    const old = new WebSocket(`wss://127.0.0.1:${portOf(http)}/ws`, { rejectUnauthorized: false });
    closers.push(() => old.terminate());
    await once(old, 'open');
    old.send('one');
    expect(String((await once(old, 'message'))[0])).toBe('one');
    expect(server.getPeerCount()).toBe(2);
  });

  test('closes with END_STREAM, after the Close, and so does the client', async () => {
    const http = await secure();
    const server = echo();
    server.attach(http);
    const { stream } = await ask(await session(http), '/');
    const peer = server.takePeer();
    const chunks: Buffer[] = [];
    stream.on('data', (chunk) => chunks.push(chunk));
    stream.write(frameTo('server', { opcode: 8, payload: Uint8Array.of(0x0f, 0xa0) }));
    await once(stream, 'end');
    expect(Buffer.concat(chunks).toString('hex')).toBe('88020fa0');
    stream.end();
    await until(() => stream.closed);
    expect([stream.rstCode, peer?.getCloseCode(), peer?.getReadyState()]).toEqual([0, 4000, State.STATE_CLOSED]);
  });

  test('a message that is too big is closed with 1009 while more of it arrives', async () => {
    const http = await secure();
    const server = echo({ inboundBufferSize: 1000 });
    server.attach(http);
    const client = await session(http);
    const { stream } = await ask(client, '/');
    const chunks: Buffer[] = [];
    stream.on('data', (chunk) => chunks.push(chunk));
    stream.write(frameTo('server', { opcode: 2, payload: new Uint8Array(1000) }));
    stream.write(frameTo('server', { opcode: 2, payload: new Uint8Array(1_000_000) }));
    await once(stream, 'end');
    stream.end();
    expect(Buffer.concat(chunks).subarray(1004).toString('hex')).toMatch(/^88..03f1/);
    await until(() => stream.closed);
    expect((await ask(client, '/')).response[':status']).toBe(200);
  });

  test('a stream that is reset, and a connection that breaks, end their peers', async () => {
    const http = await secure();
    const server = echo();
    server.attach(http);
    const client = await session(http);
    const { stream } = await ask(client, '/');
    const first = server.takePeer();
    await ask(client, '/');
    const second = server.takePeer();
    stream.close(8);
    await until(() => first?.getReadyState() === State.STATE_CLOSED);
    expect(second?.getReadyState()).toBe(State.STATE_OPEN);
    client.destroy();
    await until(() => second?.getReadyState() === State.STATE_CLOSED);
    expect([first?.getCloseCode(), second?.getCloseCode()]).toEqual([-1, -1]);
    expect(server.getPeerCount()).toBe(0);
  });

  test('drops with RST_STREAM, and the connection stays open', async () => {
    const http = await secure();
    const server = echo();
    server.attach(http);
    const client = await session(http);
    const { stream } = await ask(client, '/');
    server.takePeer()?.close(-1);
    await until(() => stream.closed);
    expect(stream.rstCode).toBe(8);
    expect((await ask(client, '/')).response[':status']).toBe(200);
  });

  test('the rules and limits of HTTP/1.1 apply', async () => {
    const http = await secure();
    echo({ allowedOrigins: 'same-host', supportedProtocols: ['game'], maxConnectionsPerAddress: 1 }).attach(http);
    const client = await session(http);
    const protocol = { 'sec-websocket-protocol': 'game' };
    const status = async (headers: Record<string, string>) => (await ask(client, '/', headers)).response[':status'];
    expect(await status({ ...protocol, origin: 'https://evil.test' })).toBe(403);
    expect(await status({ 'sec-websocket-protocol': 'chat' })).toBe(400);
    expect(await status({ ...protocol, 'sec-websocket-version': '8' })).toBe(426);
    expect(await status({ ...protocol, origin: 'https://h2.test' })).toBe(200);
    expect(await status(protocol)).toBe(429);
  });

  test('a head one byte above maxHandshakeSize is refused, one on it is not', async () => {
    const http = await secure();
    const server = echo({ maxHandshakeSize: 1000 });
    server.attach(http);
    const client = await session(http);
    await ask(client, '/');
    const request = server.takePeer()?.getHandshakeRequest();
    const lines = [...(request?.headers ?? [])].map(([name, value]) => `${name}: ${value}\r\n`);
    const size = `GET / HTTP/1.1\r\n${lines.join('')}\r\n`.length + 'x-pad: \r\n'.length;
    for (const [extra, status] of [
      [-1, 200],
      [0, 200],
      [1, 431],
    ] as const) {
      const { response } = await ask(client, '/', { 'x-pad': 'p'.repeat(1000 - size + extra) });
      expect([extra, response[':status']]).toEqual([extra, status]);
    }
  });

  test('the program decides, with the client’s certificate', async () => {
    const { keyPem: key, certificatePem: cert } = identity;
    const http = await secure({ requestCert: true, rejectUnauthorized: true, ca: cert });
    const server = new WebSocketServer({ manualHandshake: true });
    closers.push(() => server[Symbol.dispose]());
    server.attach(http);
    const client = connect(`https://127.0.0.1:${portOf(http)}`, { ca: cert, key, cert });
    closers.push(() => client.destroy());
    await once(client, 'remoteSettings');
    const first = client.request({ ...ASK, ':path': '/no' }, { endStream: false });
    const second = client.request({ ...ASK, ':path': '/yes' }, { endStream: false });
    await until(() => {
      server.poll();
      return server.getPendingCount() === 2 && server.isRequestAvailable();
    });
    const pending = server.takeRequest();
    expect([pending?.url.href, pending?.clientAddress]).toEqual(['wss://h2.test/no', '127.0.0.1']);
    expect(pending?.clientCertificate?.saveToString()).toBe(identity.certificate.saveToString());
    pending?.reject(401, { headers: ['WWW-Authenticate: Basic', 'Set-Cookie: a=1', 'Set-Cookie: b=2'], body: 'Who?' });
    const [refusal] = (await once(first, 'response')) as [IncomingHttpHeaders];
    expect(refusal).toMatchObject({ ':status': 401, 'www-authenticate': 'Basic', 'set-cookie': ['a=1', 'b=2'] });
    let body = '';
    for await (const chunk of first) body += chunk;
    expect(body).toBe('Who?');
    server.poll();
    server.takeRequest()?.accept({ headers: ['X-Seat: 7'] });
    const [answer] = (await once(second, 'response')) as [IncomingHttpHeaders];
    expect(answer).toMatchObject({ ':status': 200, 'x-seat': '7' });
  });

  test('a header that HTTP/2 forbids fails only that handshake', async () => {
    const http = await secure();
    const server = echo({ handshakeHeaders: ['Location: /a', 'Location: /b'] });
    server.attach(http);
    const client = await session(http);
    const stream = client.request({ ...ASK, ':path': '/' }, { endStream: false });
    stream.on('error', () => {});
    await until(() => stream.closed);
    await until(() => server.getPeerCount() + server.getPendingCount() === 0);
    expect(client.destroyed).toBe(false);
  });

  test.each([
    ['with a request listener', true],
    ['with nothing else', false],
  ])('a request that no server takes is refused, %s', async (_name, hasListener) => {
    const http = await listen(
      hasListener ? createServer((_request, response) => response.end('page')) : createServer(),
    );
    const server = echo();
    server.attach(http, { path: '/ws' });
    const client = await session(http);
    const status = async (headers: Record<string, string>) => {
      const stream = client.request({ ':authority': 'h2.test', ...headers }, { endStream: false });
      const [response] = (await once(stream, 'response')) as [IncomingHttpHeaders];
      stream.close();
      return response[':status'];
    };
    const connectTo = { ':method': 'CONNECT', ':protocol': 'websocket', ':scheme': 'http' };
    expect(await status({ ...connectTo, ':path': '/other' })).toBe(404);
    expect(await status({ ':method': 'CONNECT' })).toBe(hasListener ? 405 : 404);
    expect(await status({ ':path': '/page' })).toBe(hasListener ? 200 : 404);
    expect((await ask(client, '/ws', { ':scheme': 'http' })).response[':status']).toBe(200);
    expect(server.takePeer()?.getRequestedUrl()).toBe('ws://h2.test/ws');
    server.stop();
    expect([http.listenerCount('connect'), http.listenerCount('upgrade')]).toEqual([0, 0]);
  });

  test.each([true, false])(
    'clients that reset stream after stream have no effect on others (with a request listener: %s)',
    async (hasListener) => {
      const http = await listen(
        hasListener ? createServer((_request, response) => response.end('page')) : createServer(),
      );
      const server = echo({ maxPendingHandshakes: 10 });
      server.attach(http, { path: '/ws' });
      const [client, other] = [await session(http), await session(http)];
      // Node itself ends a connection with more than about 1,000 resets in a burst.
      for (let n = 0; n < 600; n++) {
        const target = ['/ws', '/other', '/ws'][n % 3];
        const method = n % 7 === 0 ? { ':method': 'GET' } : { ':method': 'CONNECT', ':protocol': 'websocket' };
        const request = { ...method, ':scheme': 'http', ':authority': 'h2.test', ':path': target };
        const stream = client.request({ ...request, 'sec-websocket-version': '13' }, { endStream: false });
        stream.on('error', () => {});
        if (n % 2 === 0) stream.write(frameTo('server', { opcode: 1, payload: 'x' }));
        stream.close([0, 1, 2, 7, 8, 11][n % 6]);
        if (n % 50 === 0) await turn();
      }
      expect((await ask(other, '/ws', { ':scheme': 'http' })).response[':status']).toBe(200);
      await until(() => server.getPeerCount() === 1 && server.getPendingCount() === 0);
    },
  );

  test('the connection of an HTTP/1.1 CONNECT is still closed', async () => {
    const http = await secure();
    echo().attach(http);
    const { connect: connectTls } = await import('node:tls');
    const socket = connectTls({ port: portOf(http), host: '127.0.0.1', rejectUnauthorized: false });
    closers.push(() => socket.destroy());
    socket.on('error', () => {});
    socket.write('CONNECT other.test:80 HTTP/1.1\r\nHost: other.test:80\r\n\r\n');
    socket.resume();
    await once(socket, 'close');
  });

  test('a peer that is not read stalls its own stream only, and loses nothing', async () => {
    const http = await secure();
    const server = new WebSocketServer({ inboundBufferSize: 20_000 });
    closers.push(() => server[Symbol.dispose]());
    server.attach(http);
    const client = await session(http);
    const slow = client.request({ ...ASK, ':path': '/slow' }, { endStream: false });
    const quick = client.request({ ...ASK, ':path': '/quick' }, { endStream: false });
    await until(() => {
      server.poll();
      return server.getPeerCount() === 2;
    });
    const [slowPeer, quickPeer] = [...server.getPeers()];
    const count = 64;
    const message = (n: number) => frameTo('server', { opcode: 2, payload: new Uint8Array(10_000).fill(n) });
    for (let n = 0; n < count; n++) slow.write(message(n));
    let received = 0;
    for (let n = 0; n < count; n++) {
      quick.write(message(n));
      await until(() => {
        server.poll();
        for (const packet of quickPeer!.packets()) {
          expect((packet as Uint8Array)[0]).toBe(received);
          received++;
        }
        return received === n + 1;
      });
    }
    // Much more was written than the queue and the stream's window hold.
    expect(slowPeer?.getAvailablePacketCount()).toBe(2);
    expect(slow.writableLength).toBeGreaterThan(count * 10_000 - 200_000);
    const late: number[] = [];
    await until(() => {
      server.poll();
      for (const packet of slowPeer!.packets()) late.push((packet as Uint8Array)[0] ?? -1);
      return late.length === count;
    });
    expect(late).toEqual(Array.from({ length: count }, (_, n) => n));
  });

  test('a client that does not read stalls its own stream only', async () => {
    const http = await secure();
    const server = new WebSocketServer({ ...NO_HEARTBEAT, outboundBufferSize: 300_000 });
    closers.push(() => server[Symbol.dispose]());
    server.attach(http);
    const client = await session(http);
    const slow = client.request({ ...ASK, ':path': '/slow' }, { endStream: false });
    const quick = client.request({ ...ASK, ':path': '/quick' }, { endStream: false });
    slow.pause();
    await until(() => {
      server.poll();
      return server.getPeerCount() === 2;
    });
    const [slowPeer, quickPeer] = [...server.getPeers()];
    let refused = ErrorCode.OK;
    for (let n = 0; n < 1000 && refused === ErrorCode.OK; n++) {
      refused = slowPeer!.send(new Uint8Array(10_000));
      server.poll();
      await turn();
    }
    expect(refused).toBe(ErrorCode.ERR_OUT_OF_MEMORY);
    let seen = 0;
    quick.on('data', (chunk: Buffer) => {
      seen += chunk.length;
    });
    for (let n = 0; n < 100; n++) {
      const before = seen;
      expect(quickPeer!.send(new Uint8Array(10_000))).toBe(ErrorCode.OK);
      server.poll();
      await until(() => seen === before + 10_004);
    }
    slow.resume();
    await until(() => {
      server.poll();
      return slowPeer!.getCurrentOutboundBufferedAmount() === 0;
    });
  });

  test('a program that routes requests itself', async () => {
    const http = await listen(createServer({ settings: { enableConnectProtocol: true } }));
    const server = echo();
    const peer = new WebSocketPeer();
    closers.push(() => peer.close(-1));
    const codes: ErrorCode[] = [];
    http.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
      const taker = headers[':path'] === '/peer' ? peer : server;
      codes.push(taker.acceptConnect(stream, headers));
      if (!stream.headersSent) stream.respond({ ':status': 418 }, { endStream: true });
      codes.push(taker.acceptConnect(stream, headers));
    });
    const client = await session(http);
    const scheme = { ':scheme': 'http' };
    expect((await ask(client, '/server', scheme)).response[':status']).toBe(200);
    expect((await ask(client, '/peer', scheme)).response[':status']).toBe(200);
    const page = client.request({ ':path': '/page' });
    expect(((await once(page, 'response')) as [IncomingHttpHeaders])[0][':status']).toBe(418);
    page.resume();
    const { OK, ERR_INVALID_PARAMETER: wrong, ERR_ALREADY_IN_USE: inUse } = ErrorCode;
    expect(codes).toEqual([OK, wrong, OK, inUse, wrong, wrong]);
    peer.poll();
    expect([peer.getReadyState(), server.getPeerCount()]).toEqual([State.STATE_OPEN, 1]);
    server.stop();
    const late = client.request({ ...ASK, ...scheme, ':path': '/server' }, { endStream: false });
    expect(((await once(late, 'response')) as [IncomingHttpHeaders])[0][':status']).toBe(418);
    late.close();
    expect(codes.slice(-2)).toEqual([ErrorCode.ERR_UNAVAILABLE, ErrorCode.ERR_UNAVAILABLE]);
  });

  test('undici’s WebSocket exchanges messages with it over HTTP/2', async () => {
    const http = await secure({ allowHTTP1: false });
    const sizes = { inboundBufferSize: 200_000, outboundBufferSize: 200_000 };
    const server = echo({ supportedProtocols: ['game'], ...sizes });
    server.attach(http);
    const dispatcher = new Agent({ allowH2: true, connect: { rejectUnauthorized: false } });
    closers.push(() => void dispatcher.destroy());
    const socket = new UndiciSocket(`wss://127.0.0.1:${portOf(http)}/`, { protocols: ['game'], dispatcher });
    const heard: unknown[] = [];
    socket.addEventListener('message', ({ data }) => heard.push(data));
    await once(socket, 'open');
    expect([socket.protocol, server.getPeerCount()]).toEqual(['game', 1]);
    const texts = ['', 'grüß dich', 'x'.repeat(100_000)];
    for (const text of texts) socket.send(text);
    await until(() => heard.length === 3);
    expect(heard).toEqual(texts);
    server.stop({ code: 4321, reason: 'tschüß' });
    const [event] = (await once(socket, 'close')) as [{ code: number; reason: string }];
    expect([event.code, event.reason]).toEqual([4321, 'tschüß']);
  });
});
