import { ErrorCode, type WebSocketPeer, type WebSocketPeerOptions } from 'tickpeer';
import { describe, expect, test } from 'vitest';
import { concat, rawFrame, readFrames } from '../support/frames.ts';
import { dialPeer, drive, ending, isClosed, isOpen, readAll } from '../support/peers.ts';
import { type RawEnd, type RawServer, startAnsweringServer, startRawServer, switching } from '../support/raw-tcp.ts';

/** The result of tickpeer's client with a server that sends this response. */
async function outcome(
  answer: (key: string, end: RawEnd) => string | Uint8Array | null,
  options: WebSocketPeerOptions = {},
): Promise<{ peer: WebSocketPeer; server: RawServer }> {
  const server = await startAnsweringServer(answer);
  const peer = dialPeer(`ws://127.0.0.1:${server.port}/x`, options);
  await drive(peer, () => isOpen(peer) || isClosed(peer));
  return { peer, server };
}

/** `switching`, with some lines replaced. */
function answerWith(key: string, replace: (answer: string) => string): string {
  return replace(switching(key));
}

describe('the request', () => {
  test('has the headers of RFC 6455, in the order of the engine', async () => {
    const server = await startAnsweringServer((key) => switching(key, 'Sec-WebSocket-Protocol: b'));
    const peer = dialPeer(`ws://127.0.0.1:${server.port}/path?query`, {
      supportedProtocols: ['a', 'b'],
      handshakeHeaders: ['X-One: 1', 'x-two:2'],
    });
    await drive(peer, () => isOpen(peer));
    const end = server.ends[0]!;
    const key = end.header('Sec-WebSocket-Key');
    expect(Buffer.from(key!, 'base64').length).toBe(16);
    expect(end.text.split('\r\n')).toEqual([
      'GET /path?query HTTP/1.1',
      `Host: 127.0.0.1:${server.port}`,
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Key: ${key}`,
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Protocol: a,b',
      'X-One: 1',
      'x-two: 2',
      '',
      '',
    ]);
  });

  test('has a new key every time', async () => {
    const keys = new Set<string>();
    const server = await startAnsweringServer((key) => {
      keys.add(key);
      return switching(key);
    });
    const peers = Array.from({ length: 20 }, () => dialPeer(`ws://127.0.0.1:${server.port}`));
    await drive(peers, () => peers.every(isOpen));
    expect(keys.size).toBe(20);
  });
});

describe('answers that open the connection', () => {
  test.each<[string, (key: string) => string]>([
    [
      'Connection: keep-alive, Upgrade',
      (key) => answerWith(key, (a) => a.replace(': Upgrade', ': keep-alive, Upgrade')),
    ],
    [
      'two Connection lines',
      (key) => answerWith(key, (a) => a.replace(': Upgrade', ': keep-alive\r\nConnection: upgrade')),
    ],
    ['other cases', (key) => answerWith(key, (a) => a.replace('Upgrade: websocket', 'UPGRADE: WebSocket'))],
    ['an empty header value', (key) => switching(key, 'X-Empty:', 'X-Blank: ')],
    ['no reason phrase', (key) => answerWith(key, (a) => a.replace('101 Switching Protocols', '101'))],
    ['another reason phrase', (key) => answerWith(key, (a) => a.replace('Switching Protocols', 'Web Socket é'))],
    ['headers that mean nothing here', (key) => switching(key, 'Server: x', 'Content-Length: 0', 'Date: now')],
    ['100 first', (key) => `HTTP/1.1 100 Continue\r\n\r\n${switching(key)}`],
    ['103 first', (key) => `HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n${switching(key)}`],
    [
      '100, 102 and 103 first',
      (key) => `${[100, 102, 103].map((s) => `HTTP/1.1 ${s} X\r\n\r\n`).join('')}${switching(key)}`,
    ],
    ['a tab around a value', (key) => switching(key, 'X-Tab:\ta\t')],
  ])('%s', async (_name, answer) => {
    const { peer } = await outcome(answer);
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: null });
    expect(isOpen(peer)).toBe(true);
    expect(peer.getHandshakeResponse()?.status).toBe(101);
  });

  test('split byte by byte, and frames behind it too', async () => {
    const server = await startAnsweringServer((key, end) => {
      void end.writeByteByByte(
        concat([
          Buffer.from(switching(key, 'X-Empty:')),
          rawFrame({ opcode: 1, payload: 'héllo' }),
          rawFrame({ opcode: 9, payload: 'ping' }),
          rawFrame({ opcode: 8, payload: Uint8Array.of(0x0f, 0xa0, 0x21) }),
        ]),
      );
      return null;
    });
    const peer = dialPeer(`ws://127.0.0.1:${server.port}`);
    await drive(peer, () => isClosed(peer));
    expect(ending(peer)).toEqual({ code: 4000, reason: '!', failure: null });
    expect(readAll(peer)).toEqual(['héllo']);
    const end = server.ends[0]!;
    await drive(peer, () => readFrames(end.body).length === 2);
    expect(readFrames(end.body).map(({ opcode, isMasked }) => [opcode, isMasked])).toEqual([
      [10, true],
      [8, true],
    ]);
  });

  test('with frames in the same packet', async () => {
    const { peer } = await outcome((key) =>
      concat([
        Buffer.from(switching(key)),
        rawFrame({ opcode: 1, payload: 'one' }),
        rawFrame({ opcode: 2, payload: Uint8Array.of(2) }),
      ]),
    );
    await drive(peer, () => peer.getAvailablePacketCount() === 2);
    expect(readAll(peer)).toEqual(['one', Uint8Array.of(2)]);
    expect(isOpen(peer)).toBe(true);
  });

  test('with frames, a Close and the end of TCP in the same packet: OPEN is shown before CLOSED', async () => {
    const server = await startAnsweringServer((key, end) => {
      end.socket.end(
        concat([
          Buffer.from(switching(key)),
          rawFrame({ opcode: 1, payload: 'hello and' }),
          rawFrame({ opcode: 8, payload: Uint8Array.of(0x0f, 0xa0, 0x62, 0x79, 0x65) }),
        ]),
      );
      return null;
    });
    const peer = dialPeer(`ws://127.0.0.1:${server.port}`);
    const states: number[] = [];
    const whileOpen: (string | Uint8Array)[] = [];
    await drive(peer, () => {
      if (states.at(-1) !== peer.getReadyState()) states.push(peer.getReadyState());
      if (isOpen(peer)) readAll(peer, whileOpen);
      return isClosed(peer);
    });
    expect(states).toEqual([0, 1, 3]);
    expect(whileOpen).toEqual(['hello and']);
    expect(ending(peer)).toEqual({ code: 4000, reason: 'bye', failure: null });
  });

  test('and the end of TCP right behind it', async () => {
    const server = await startAnsweringServer((key, end) => {
      end.socket.end(switching(key));
      return null;
    });
    const peer = dialPeer(`ws://127.0.0.1:${server.port}`);
    await drive(peer, () => isClosed(peer));
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_CONNECTION_LOST' });
    expect(peer.getHandshakeResponse()?.status).toBe(101);
  });
});

describe('responses other than 101', () => {
  test.each<[number, string, string[]]>([
    [200, 'OK', []],
    [204, 'No Content', []],
    [301, 'Moved Permanently', ['Location: wss://other.example/x']],
    [302, 'Found', ['Location: /elsewhere']],
    [307, 'Temporary Redirect', ['Location: http://127.0.0.1/']],
    [400, 'Bad Request', []],
    [401, 'Unauthorized', ['WWW-Authenticate: Basic realm="x"']],
    [403, 'Forbidden', []],
    [404, 'Not Found', []],
    [407, 'Proxy Authentication Required', []],
    [426, 'Upgrade Required', ['Sec-WebSocket-Version: 13, 8']],
    [429, 'Too Many Requests', ['Retry-After: 5']],
    [500, 'Internal Server Error', []],
    [503, 'Service Unavailable', []],
  ])('%i', async (status, reason, headers) => {
    const body = 'Because I say so.';
    const lines = [...headers, 'Content-Type: text/plain', `Content-Length: ${body.length}`];
    const { peer, server } = await outcome(
      () => `HTTP/1.1 ${status} ${reason}\r\n${lines.join('\r\n')}\r\n\r\n${body}`,
    );
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_HANDSHAKE_STATUS' });
    const { message } = peer.getLastFailure()!;
    expect(message).toContain(`${status} ${reason}`);
    expect(message).toContain(body);
    const location = headers.find((line) => line.startsWith('Location: '));
    if (location !== undefined) expect(message).toContain(location.slice('Location: '.length));
    expect(peer.getHandshakeResponse()?.status).toBe(status);
    for (const line of headers) {
      const [name = '', value] = line.split(': ');
      expect(peer.getHandshakeResponse()?.headers.get(name)).toBe(value);
    }
    expect(peer.send(new Uint8Array(1))).toBe(ErrorCode.FAILED);
    await drive(peer, () => server.ends[0]!.isClosed || server.ends[0]!.hasEnded);
  });

  test('a body that comes after its head is waited for briefly, or left out', async () => {
    const { peer } = await outcome((_key, end) => {
      setImmediate(() => end.write('late'));
      return 'HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\n';
    });
    expect(peer.getLastFailure()?.message).toMatch(/^The server answered 403 Forbidden(\.|: late)$/);
  });

  test('a body cannot add lines to the message', async () => {
    const { peer } = await outcome(
      () => 'HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\n\r\none\r\ntwo\x1b[31m\0three',
    );
    expect(peer.getLastFailure()?.message).toMatch(/one two \[31m three$/);
  });
});

describe('responses that fail the handshake', () => {
  test.each<[string, string, (key: string) => string]>([
    ['a wrong accept key', 'HEADER', () => switching('AAAAAAAAAAAAAAAAAAAAAA==')],
    ['no accept key', 'HEADER', (key) => answerWith(key, (a) => a.replace(/Sec-WebSocket-Accept: .*\r\n/, ''))],
    ['two accept keys', 'HEADER', (key) => answerWith(key, (a) => a.replace(/(Sec-WebSocket-Accept: .*\r\n)/, '$1$1'))],
    ['no Upgrade', 'HEADER', (key) => answerWith(key, (a) => a.replace('Upgrade: websocket\r\n', ''))],
    ['another Upgrade', 'HEADER', (key) => answerWith(key, (a) => a.replace('websocket', 'h2c'))],
    ['no Connection', 'HEADER', (key) => answerWith(key, (a) => a.replace('Connection: Upgrade\r\n', ''))],
    ['another Connection', 'HEADER', (key) => answerWith(key, (a) => a.replace(': Upgrade', ': close'))],
    ['HTTP/1.0', 'MALFORMED', (key) => answerWith(key, (a) => a.replace('HTTP/1.1', 'HTTP/1.0'))],
    [
      'an extension that was not offered',
      'EXTENSION',
      (key) => switching(key, 'Sec-WebSocket-Extensions: permessage-deflate'),
    ],
    ['a sub-protocol that was not offered', 'PROTOCOL', (key) => switching(key, 'Sec-WebSocket-Protocol: chat')],
    ['garbage', 'MALFORMED', () => 'what do you want?\r\n\r\n'],
    ['an SSH server', 'MALFORMED', () => 'SSH-2.0-OpenSSH_9.9\r\n\r\n'],
    ['binary garbage', 'MALFORMED', () => '\0\x01\x02\x03'],
    ['a line that ends with LF', 'MALFORMED', (key) => answerWith(key, (a) => a.replace('\r\n', '\n'))],
    ['a folded header', 'MALFORMED', (key) => switching(key, 'X-A: b\r\n c')],
    ['a status of two digits', 'MALFORMED', (key) => answerWith(key, (a) => a.replace('101', '10'))],
    ['endless 100s', 'MALFORMED', () => 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(20)],
  ])('%s', async (_name, failure, answer) => {
    const { peer, server } = await outcome(answer);
    expect(isClosed(peer)).toBe(true);
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: `TICKPEER_HANDSHAKE_${failure}` });
    expect(peer.getLastFailure()?.message).not.toBe('');
    expect(peer.getSelectedProtocol()).toBe('');
    await drive(peer, () => server.ends[0]!.isClosed || server.ends[0]!.hasEnded);
  });

  test.each<[string, string[]]>([
    ['none', []],
    ['another', ['Sec-WebSocket-Protocol: c']],
    ['one in another case', ['Sec-WebSocket-Protocol: A']],
    ['two', ['Sec-WebSocket-Protocol: a, b']],
    ['two lines', ['Sec-WebSocket-Protocol: a', 'Sec-WebSocket-Protocol: b']],
  ])('after an offer of a sub-protocol it chooses %s', async (_name, lines) => {
    const { peer } = await outcome((key) => switching(key, ...lines), { supportedProtocols: ['a', 'b'] });
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_HANDSHAKE_PROTOCOL' });
    expect(peer.getLastFailure()?.message).toContain('[a, b]');
    expect(peer.getSelectedProtocol()).toBe('');
  });

  test.each<[number, boolean]>([
    [-1, false],
    [0, true],
    [1, true],
  ])('a response as long as maxHandshakeSize, plus %i: opens %s', async (room, opens) => {
    const { peer } = await outcome((key) => switching(key, `X-Long: ${'x'.repeat(5000)}`), {
      maxHandshakeSize: switching('A'.repeat(24), `X-Long: ${'x'.repeat(5000)}`).length + room,
    });
    expect(isOpen(peer)).toBe(opens);
    expect(peer.getLastFailure()?.code ?? null).toBe(opens ? null : 'TICKPEER_HANDSHAKE_TOO_LARGE');
  });

  test.each<[number, boolean]>([
    [4, false],
    [5, true],
  ])('five header lines with maxHandshakeHeaders %i: opens %s', async (maxHandshakeHeaders, opens) => {
    const { peer } = await outcome((key) => switching(key, 'X-A: 1', 'X-B: 2'), { maxHandshakeHeaders });
    expect(isOpen(peer)).toBe(opens);
    expect(peer.getLastFailure()?.code ?? null).toBe(opens ? null : 'TICKPEER_HANDSHAKE_TOO_LARGE');
  });

  test('an endless line is not kept', async () => {
    const server = await startRawServer((end) => {
      end.write('HTTP/1.1 101 ');
      const more = (): void => {
        if (!end.isClosed && !end.socket.destroyed) end.socket.write('x'.repeat(10_000), more);
      };
      more();
    });
    const peer = dialPeer(`ws://127.0.0.1:${server.port}`);
    await drive(peer, () => isClosed(peer));
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_HANDSHAKE_TOO_LARGE' });
    await drive(peer, () => server.ends[0]!.isClosed);
  });
});

describe('a server that never completes the handshake', () => {
  test.each<[string, string]>([
    ['nothing', ''],
    ['half an answer', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: webs'],
    ['a 100 and no more', 'HTTP/1.1 100 Continue\r\n\r\n'],
  ])('it answers %s', async (_name, answer) => {
    const { peer, server } = await outcome(() => answer, { handshakeTimeLimit: 0.05, connectTimeLimit: 60 });
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_HANDSHAKE_TIMEOUT' });
    expect(peer.getLastFailure()?.message).toContain('handshakeTimeLimit');
    await drive(peer, () => server.ends[0]!.isClosed || server.ends[0]!.hasEnded);
  });

  test('it sends a byte now and then', async () => {
    const server = await startRawServer();
    const peer = dialPeer(`ws://127.0.0.1:${server.port}`, { handshakeTimeLimit: 0.1 });
    await drive(peer, () => {
      const [end] = server.ends;
      if (end?.isClosed === false) end.write('x');
      return isClosed(peer);
    });
    expect(peer.getCloseCode()).toBe(-1);
    expect(peer.getLastFailure()?.code).toMatch(/^TICKPEER_HANDSHAKE_(TIMEOUT|TOO_LARGE)$/);
  });

  test.each<[string, string]>([
    ['without an answer', ''],
    ['in the middle of its answer', 'HTTP/1.1 101 Switching'],
  ])('it ends TCP %s', async (_name, answer) => {
    const server = await startAnsweringServer((_key, end) => {
      end.socket.end(answer);
      return null;
    });
    const peer = dialPeer(`ws://127.0.0.1:${server.port}`);
    await drive(peer, () => isClosed(peer));
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_CONNECTION_LOST' });
    expect(peer.getLastFailure()?.message).toContain('handshake');
  });

  test('it ends TCP at once', async () => {
    const server = await startRawServer((end) => end.socket.destroy());
    const peer = dialPeer(`ws://127.0.0.1:${server.port}`);
    await drive(peer, () => isClosed(peer));
    expect(peer.getCloseCode()).toBe(-1);
    expect(peer.getLastFailure()?.code).toMatch(/^TICKPEER_CONNECTION_(LOST|RESET)$/);
  });
});

describe('a server that breaks a rule gets a Close', () => {
  test.each<[string, Uint8Array, number, string]>([
    ['a masked frame', rawFrame({ opcode: 1, payload: 'x', key: [1, 2, 3, 4] }), 1002, 'PROTOCOL_ERROR'],
    ['a compressed frame', rawFrame({ opcode: 1, payload: 'x', rsv: 0x40 }), 1002, 'PROTOCOL_ERROR'],
    ['a reserved opcode', rawFrame({ opcode: 5, payload: 'x' }), 1002, 'PROTOCOL_ERROR'],
    ['text that is not UTF-8', rawFrame({ opcode: 1, payload: Uint8Array.of(0xff) }), 1007, 'INVALID_UTF8'],
    ['a message above the limit', rawFrame({ opcode: 2, payload: new Uint8Array(65_536) }), 1009, 'MESSAGE_TOO_BIG'],
    ['a Close with 1006', rawFrame({ opcode: 8, payload: Uint8Array.of(0x03, 0xee) }), 1002, 'PROTOCOL_ERROR'],
  ])('%s', async (_name, bytes, code, failure) => {
    const server = await startAnsweringServer((key) =>
      concat([Buffer.from(switching(key)), rawFrame({ opcode: 1, payload: 'good' }), bytes]),
    );
    const peer = dialPeer(`ws://127.0.0.1:${server.port}`);
    await drive(peer, () => isClosed(peer));
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: `TICKPEER_${failure}` });
    expect(readAll(peer)).toEqual(['good']);
    const end = server.ends[0]!;
    await drive(peer, () => end.hasEnded);
    const [close] = readFrames(end.body);
    expect(close?.opcode).toBe(8);
    expect((close!.payload[0]! << 8) | close!.payload[1]!).toBe(code);
  });
});
