import { State } from 'tickpeer';
import { describe, expect, test } from 'vitest';
import { bytesOf, concat, rawFrame, readFrames } from '../support/frames.ts';
import { drive, ending, isClosed, readAll, serve, serveByHand } from '../support/peers.ts';
import { ask, closeFrame, closeOf, expectRefusal, frame, upgrade } from '../support/raw-client.ts';
import { dialRaw, type RawEnd, upgradeRequest } from '../support/raw-tcp.ts';

describe('requests that are accepted', () => {
  test.each<[string, Record<string, string>]>([
    ['a proxy writes Connection', { Connection: 'keep-alive, Upgrade' }],
    ['other cases are used', { Connection: 'UPGRADE', Upgrade: 'WebSocket' }],
    ['a header is empty', { 'X-Empty': '' }],
    ['bytes are beyond ASCII', { 'X-Latin': 'caf\xe9' }],
    ['a body of none is announced', { 'Content-Length': '0' }],
    ['extensions are offered', { 'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits, x-other' }],
  ])('when %s', async (_name, headers) => {
    const server = serve();
    const raw = await upgrade(server, headers);
    expect(raw.header('Upgrade')).toBe('websocket');
    expect(raw.header('Connection')).toBe('Upgrade');
    // RFC 6455 1.3: its example.
    expect(raw.header('Sec-WebSocket-Accept')).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
    expect(raw.header('Sec-WebSocket-Extensions')).toBe(null);
  });

  test('byte by byte, and the frames likewise', async () => {
    const server = serve();
    const raw = await dialRaw(server.port);
    let isSent = false;
    void raw
      .writeByteByByte(
        concat([Buffer.from(upgradeRequest()), frame(1, 'héllo'), frame(9, 'ping'), closeFrame(3000, 'bye')]),
      )
      .then(() => {
        isSent = true;
      });
    await drive(server, () => isSent && server.peers.length === 1 && isClosed(server.peers[0]!));
    expect(readAll(server.peers[0]!)).toEqual(['héllo']);
    expect(ending(server.peers[0]!)).toEqual({ code: 3000, reason: 'bye', failure: null });
    await drive(server, () => raw.hasEnded);
    expect(readFrames(raw.body).map(({ opcode }) => opcode)).toEqual([10, 8]);
  });

  test('frames right behind the request, in the same segment, belong to the connection', async () => {
    const server = serve();
    const raw = await dialRaw(server.port);
    raw.write(concat([Buffer.from(upgradeRequest()), frame(1, 'first'), frame(2, Uint8Array.of(1, 2)), frame(9, 'x')]));
    await drive(server, () => server.peers.length === 1 && server.peers[0]!.getAvailablePacketCount() === 2);
    expect(readAll(server.peers[0]!)).toEqual(['first', Uint8Array.of(1, 2)]);
    await drive(server, () => raw.body.length > 0);
    expect(readFrames(raw.body)).toMatchObject([{ opcode: 10, isMasked: false, payload: Uint8Array.of(0x78) }]);
  });

  test('a request, frames, a Close and the end in one packet are all handled', async () => {
    const server = serve();
    const raw = await dialRaw(server.port);
    raw.socket.end(concat([Buffer.from(upgradeRequest()), frame(1, 'all at once'), closeFrame(4001, 'bye')]));
    await drive(server, () => server.peers.length === 1 && isClosed(server.peers[0]!));
    expect(readAll(server.peers[0]!)).toEqual(['all at once']);
    expect(ending(server.peers[0]!)).toEqual({ code: 4001, reason: 'bye', failure: null });
  });

  test('a second request behind the first is not parsed as a request', async () => {
    const server = serve();
    const raw = await dialRaw(server.port);
    raw.write(upgradeRequest() + upgradeRequest({}, 'GET /admin HTTP/1.1'));
    await drive(server, () => raw.hasEnded);
    expect(raw.text.match(/HTTP\/1\.1 /g)?.length).toBe(1);
    expect(raw.status).toBe(101);
    // "GET " is a frame without a mask, with reserved bits.
    expect(closeOf(raw)?.code).toBe(1002);
    await drive(server, () => isClosed(server.peers[0]!));
    expect(ending(server.peers[0]!)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_PROTOCOL_ERROR' });
    expect(server.peers[0]!.getHandshakeRequest()?.path).toBe('/');
  });

  test('a second request behind a refused one is not answered', async () => {
    const { raw } = await ask(upgradeRequest({ 'Sec-WebSocket-Version': '8' }) + upgradeRequest());
    expect(raw.text.match(/HTTP\/1\.1 /g)?.length).toBe(1);
    expectRefusal(raw, 426);
  });

  test('with a whole URL in the first line, as for a proxy, its host is used', async () => {
    const server = serve();
    const raw = await dialRaw(server.port);
    raw.write(upgradeRequest({ Host: 'other.example' }, 'GET http://game.example:81/x?y HTTP/1.1'));
    await drive(server, () => server.peers.length === 1);
    expect(server.peers[0]!.getRequestedUrl()).toBe('ws://game.example:81/x?y');
  });
});

describe('closing, with a raw client', () => {
  test.each([1000, 1001, 1003, 1007, 1011, 1012, 1014, 3000, 4999])(
    'its code %i is echoed, and TCP ended',
    async (code) => {
      const server = serve();
      const raw = await upgrade(server);
      raw.write(closeFrame(code, 'why, é'));
      await drive(server, () => raw.hasEnded && isClosed(server.peers[0]!));
      expect(closeOf(raw)).toEqual({ code, reason: 'why, é' });
      expect(ending(server.peers[0]!)).toEqual({ code, reason: 'why, é', failure: null });
      raw.socket.end();
      await drive(server, () => raw.isClosed);
      expect(raw.error).toBe(null);
    },
  );

  test('a Close without a code is answered by one without a code', async () => {
    const server = serve();
    const raw = await upgrade(server);
    raw.write(frame(8));
    await drive(server, () => raw.hasEnded && isClosed(server.peers[0]!));
    expect(closeOf(raw)).toEqual({ code: 1005, reason: '' });
    expect(ending(server.peers[0]!)).toEqual({ code: 1005, reason: '', failure: null });
  });

  test('what it sends after our close() arrives, until its Close', async () => {
    const server = serve();
    const raw = await upgrade(server);
    const peer = server.peers[0]!;
    peer.close(4000, 'enough');
    await drive(server, () => closeOf(raw) !== null);
    raw.write(frame(1, 'one more'));
    await drive(server, () => peer.getAvailablePacketCount() === 1);
    expect(peer.getReadyState()).toBe(State.STATE_CLOSING);
    raw.write(concat([frame(1, 'and another'), closeFrame(4000)]));
    await drive(server, () => isClosed(peer));
    expect(readAll(peer)).toEqual(['one more', 'and another']);
    expect(ending(peer)).toEqual({ code: 4000, reason: '', failure: null });
    await drive(server, () => raw.hasEnded);
  });

  test('frames after its Close are ignored', async () => {
    const server = serve();
    const raw = await upgrade(server);
    raw.write(concat([closeFrame(1000), frame(1, 'too late'), frame(9, 'ping')]));
    await drive(server, () => raw.hasEnded && isClosed(server.peers[0]!));
    expect(readAll(server.peers[0]!)).toEqual([]);
    expect(readFrames(raw.body).map(({ opcode }) => opcode)).toEqual([8]);
  });

  test('it does not answer our Close: closeTimeLimit', async () => {
    const server = serve({ closeTimeLimit: 0.05 });
    const raw = await upgrade(server);
    server.peers[0]!.close();
    await drive(server, () => isClosed(server.peers[0]!) && (raw.isClosed || raw.hasEnded));
    expect(ending(server.peers[0]!)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_CLOSE_TIMEOUT' });
  });

  test('it ends TCP without a Close, behind a packet', async () => {
    const server = serve();
    const raw = await upgrade(server);
    raw.socket.end(frame(1, 'last words'));
    await drive(server, () => isClosed(server.peers[0]!));
    expect(readAll(server.peers[0]!)).toEqual(['last words']);
    expect(ending(server.peers[0]!)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_CONNECTION_LOST' });
    await drive(server, () => raw.isClosed);
  });

  test('it ends TCP in the middle of a frame', async () => {
    const server = serve();
    const raw = await upgrade(server);
    raw.socket.end(frame(1, 'cut off').slice(0, 8));
    await drive(server, () => isClosed(server.peers[0]!));
    expect(readAll(server.peers[0]!)).toEqual([]);
    expect(ending(server.peers[0]!)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_CONNECTION_LOST' });
  });
});

describe('a client that breaks a rule gets a Close, and TCP is ended', () => {
  test.each<[string, Uint8Array, number, string]>([
    ['a frame without a mask', rawFrame({ opcode: 1, payload: 'x' }), 1002, 'PROTOCOL_ERROR'],
    ['a reserved bit', frame(1, 'x', { rsv: 0x40 }), 1002, 'PROTOCOL_ERROR'],
    ['a reserved opcode', frame(3, 'x'), 1002, 'PROTOCOL_ERROR'],
    ['a reserved control opcode', frame(11, 'x'), 1002, 'PROTOCOL_ERROR'],
    ['a control frame of 126 bytes', frame(9, 'x'.repeat(126)), 1002, 'PROTOCOL_ERROR'],
    ['a fragmented control frame', frame(9, 'x', { fin: false }), 1002, 'PROTOCOL_ERROR'],
    ['a continuation of nothing', frame(0, 'x'), 1002, 'PROTOCOL_ERROR'],
    ['a new message inside a message', concat([frame(1, 'x', { fin: false }), frame(1, 'y')]), 1002, 'PROTOCOL_ERROR'],
    ['a length not in its shortest form', frame(1, 'x', { lengthBytes: 2 }), 1002, 'PROTOCOL_ERROR'],
    ['a length with its top bit set', bytesOf('82 ff 80 00 00 00 00 00 00 00'), 1002, 'PROTOCOL_ERROR'],
    ['a Close of one byte', frame(8, Uint8Array.of(3)), 1002, 'PROTOCOL_ERROR'],
    ['a Close with 1005', closeFrame(1005), 1002, 'PROTOCOL_ERROR'],
    ['a Close with 999', closeFrame(999), 1002, 'PROTOCOL_ERROR'],
    ['a Close with 1016', closeFrame(1016), 1002, 'PROTOCOL_ERROR'],
    ['a Close with 5000', closeFrame(5000), 1002, 'PROTOCOL_ERROR'],
    ['a Close whose reason is not UTF-8', frame(8, Uint8Array.of(3, 232, 0xff)), 1007, 'INVALID_UTF8'],
    ['text that is not UTF-8', frame(1, Uint8Array.of(0xc0, 0x80)), 1007, 'INVALID_UTF8'],
    ['text that is cut inside a character', frame(1, Uint8Array.of(0xc3)), 1007, 'INVALID_UTF8'],
    ['a message above the limit', frame(2, new Uint8Array(65_536)), 1009, 'MESSAGE_TOO_BIG'],
    ['a claim of 2^62 bytes', bytesOf('82 ff 40 00 00 00 00 00 00 00 37 fa 21 3d'), 1009, 'MESSAGE_TOO_BIG'],
  ])('%s', async (_name, bytes, code, failure) => {
    const server = serve();
    const raw = await upgrade(server);
    raw.write(concat([frame(1, 'good'), bytes]));
    await drive(server, () => raw.hasEnded && isClosed(server.peers[0]!));
    expect(closeOf(raw)?.code).toBe(code);
    expect(closeOf(raw)?.reason).not.toBe('');
    expect(ending(server.peers[0]!)).toEqual({ code: -1, reason: '', failure: `TICKPEER_${failure}` });
    expect(readAll(server.peers[0]!)).toEqual(['good']);
    raw.socket.end();
    await drive(server, () => raw.isClosed);
    expect(raw.error).toBe(null);
  });

  test('fragments that add up to more than the limit', async () => {
    const server = serve({ inboundBufferSize: 1000 });
    const raw = await upgrade(server);
    raw.write(frame(2, new Uint8Array(600), { fin: false }));
    raw.write(frame(0, new Uint8Array(401)));
    await drive(server, () => raw.hasEnded);
    expect(closeOf(raw)?.code).toBe(1009);
  });

  test('more fragments than maxFragments', async () => {
    const server = serve({ maxFragments: 10 });
    const raw = await upgrade(server);
    raw.write(frame(2, 'x', { fin: false }));
    for (let i = 0; i < 10; i++) raw.write(frame(0, '', { fin: false }));
    await drive(server, () => raw.hasEnded && isClosed(server.peers[0]!));
    expect(closeOf(raw)?.code).toBe(1008);
    expect(ending(server.peers[0]!).failure).toBe('TICKPEER_TOO_MANY_FRAGMENTS');
  });

  test('the Close arrives although the client goes on sending', async () => {
    const server = serve();
    const raw = await upgrade(server);
    raw.write(frame(3, 'bad'));
    for (let i = 0; i < 100; i++) raw.write(frame(2, new Uint8Array(60_000)));
    await drive(server, () => raw.hasEnded);
    expect(closeOf(raw)?.code).toBe(1002);
    expect(raw.error).toBe(null);
  });
});

describe('connections that send no request', () => {
  test('with the cap on handshakes, the oldest is dropped', async () => {
    const server = serve({ maxPendingHandshakes: 3 });
    const raws: RawEnd[] = [];
    for (let i = 0; i < 5; i++) {
      raws.push(await dialRaw(server.port));
      await drive(server, () => server.server.getPendingCount() === Math.min(i + 1, 3));
    }
    await drive(server, () => raws.slice(0, 2).every((raw) => raw.hasEnded || raw.isClosed));
    expect(raws.slice(2).some((raw) => raw.hasEnded || raw.isClosed)).toBe(false);
    for (const raw of raws.slice(2)) raw.write(upgradeRequest());
    await drive(server, () => server.peers.length === 3);
    expect(server.server.getPendingCount()).toBe(0);
  });

  test('open ones do not count for that cap', async () => {
    const server = serve({ maxPendingHandshakes: 1 });
    const raws = [await upgrade(server), await upgrade(server), await upgrade(server)];
    expect(server.server.getPeerCount()).toBe(3);
    expect(raws.some((raw) => raw.hasEnded || raw.isClosed)).toBe(false);
  });

  test('one that never sends is dropped at the time limit, by hand too', async () => {
    const server = serveByHand({ handshakeTimeLimit: 0.05 });
    const raw = await dialRaw(server.port);
    await drive(server, () => raw.hasEnded && isClosed(server.accepted[0]!));
    expect(raw.status).toBe(408);
    expect(ending(server.accepted[0]!)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_HANDSHAKE_TIMEOUT' });
    raw.socket.end();
    await drive(server, () => raw.isClosed);
  });

  test('stop() drops connections in the handshake', async () => {
    const server = serve();
    const raw = await dialRaw(server.port);
    await drive(server, () => server.server.getPendingCount() === 1);
    server.server.stop();
    expect(server.server.isStopped()).toBe(true);
    await drive(server, () => raw.hasEnded || raw.isClosed);
  });
});
