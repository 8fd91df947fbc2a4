import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { converse, type SentBytes } from '../../../test/support/conversation.ts';
import { runCommand } from '../../../test/support/fake-terminal.ts';
import { bytesOf } from '../../../test/support/frames.ts';
import { pcap, pcapng, tcpPackets, type WrittenPacket } from '../../../test/support/pcap-writer.ts';
import { RecordedKind, RecordingWriter } from '../../testing/index.ts';
import { Vector2, varToBytes } from '../../variant/index.ts';
import { WriteMode } from '../../websocket/index.ts';

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tickpeer-decode-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

let files = 0;
async function decode(
  content: Uint8Array | string,
  ...words: string[]
): Promise<{ code: number; out: string; err: string }> {
  const file = join(directory, `capture-${++files}`);
  writeFileSync(file, content);
  const run = runCommand(['decode', file, ...words]);
  const code = await run.exitCode;
  return { code, out: run.stdout(), err: run.stderr().replaceAll(file, 'FILE') };
}

/** Without the times. */
function contents(out: string): string[] {
  return out
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^ *\d+\.\d{6} #\d+ /, ''));
}

/** A connection that carries every kind of message, in fragments and with compression where `compression` is on. */
function conversation(compression = false): readonly SentBytes[] {
  const { client, server, step, sent } = converse({ compression, fragmentSize: 700, heartbeatInterval: 0 });
  client.sendText('{"hello": "wörld"}');
  step();
  server.send(varToBytes(new Vector2(1, 2)));
  server.send(Uint8Array.of(0xff, 0xfe));
  step();
  for (let count = 0; count < 3; count++) client.sendText('many words '.repeat(500));
  step();
  server.send(Uint8Array.of(1, 2, 3), WriteMode.WRITE_MODE_BINARY);
  server.close(4000, 'bye');
  step();
  return sent;
}

const MANY = `> text    5500 ${'many words '.repeat(100).slice(0, 1000)}… (3000 more characters)`;
const EXPECTED = [
  'open 127.0.0.1:50000 > 127.0.0.1:9080 /play?room=1',
  '> text      19 {"hello": "wörld"}',
  '< binary    12 Vector2(1, 2)',
  '< binary     2 fffe',
  MANY,
  MANY,
  MANY,
  '< binary     3 010203',
  '< close  4000 bye',
  '> close  4000 bye',
  '> end',
  '< end',
];
const IPV6 = [EXPECTED[0]?.replaceAll('127.0.0.1', '[::1]'), ...EXPECTED.slice(1)];

describe('tickpeer decode', () => {
  const sent = conversation();

  test.each([0, 1, 101, 113, 276])('reads pcap with the link type %i, of IPv4 and IPv6', async (linkType) => {
    const four = await decode(pcap(tcpPackets(sent, { linkType }), linkType));
    expect(four).toMatchObject({ code: 0, err: '' });
    expect(contents(four.out)).toEqual(EXPECTED);
    const six = await decode(pcap(tcpPackets(sent, { linkType, isIpv6: true }), linkType));
    expect(contents(six.out)).toEqual(IPV6);
  });

  test.each([
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ])('reads pcap of big-endian machines (%s) and with nanoseconds (%s)', async (isBig, isNano) => {
    const { out } = await decode(pcap(tcpPackets(sent, { linkType: 1 }), 1, isBig, isNano), '--json');
    const first: { time: number } = JSON.parse(out.split('\n', 1)[0] ?? '');
    expect(first.time).toBeCloseTo(1_700_000_000.004, 4);
  });

  test.each([
    [1, [7]],
    [1, [7, 4094]],
    [113, [7]],
    [276, [1, 2]],
  ])('reads the link type %i with VLANs %j', async (linkType, vlans) => {
    for (const isIpv6 of [false, true]) {
      const run = await decode(pcap(tcpPackets(sent, { linkType, isIpv6, vlans }), linkType));
      expect(run).toMatchObject({ code: 0, err: '' });
      expect(contents(run.out)).toEqual(isIpv6 ? IPV6 : EXPECTED);
    }
  });

  test.each([false, true])('reads segments whose IP header has no size (IPv6: %s)', async (isIpv6) => {
    const run = await decode(pcap(tcpPackets(sent, { linkType: 101, isIpv6, hasNoSize: true }, 60_000), 101));
    expect(run).toMatchObject({ code: 0, err: '' });
    expect(contents(run.out)).toEqual(isIpv6 ? IPV6 : EXPECTED);
  });

  test.each([false, true])('reads pcapng (big-endian: %s)', async (isBig) => {
    const run = await decode(pcapng(tcpPackets(sent, { linkType: 1 }), 1, isBig));
    expect(run).toMatchObject({ code: 0, err: '' });
    expect(contents(run.out)).toEqual(EXPECTED);
    expect(run.out).toMatch(/^ {2}0\.000000 #1 open/);
  });

  test('reads compressed messages', async () => {
    const run = await decode(pcap(tcpPackets(conversation(true), { linkType: 1 }), 1));
    expect(run.err).toBe('');
    expect(contents(run.out).slice(1)).toEqual(EXPECTED.slice(1));
    expect(run.out).toContain('permessage-deflate');
  });

  test('puts segments in order that were lost, sent again, cut and doubled', async () => {
    const packets = tcpPackets(sent, { linkType: 1 }, 300);
    const disturbed: WrittenPacket[] = [];
    for (const [index, packet] of packets.entries()) {
      if (index % 7 === 3) disturbed.push(packet, packet);
      else if (index % 7 === 5) disturbed.splice(-2, 0, packet);
      else disturbed.push(packet);
    }
    // Some come once more in other sizes.
    disturbed.push(...tcpPackets(sent, { linkType: 1 }, 1000).slice(3, 8));
    const [syn, ...rest] = disturbed;
    const run = await decode(pcap([syn!, ...rest], 1));
    expect(run.err).toBe('');
    expect(contents(run.out).slice(0, -2)).toEqual(EXPECTED.slice(0, -2));
  });

  test('reads several connections, and shows one of them', async () => {
    const one = tcpPackets(sent, { linkType: 1 });
    const two = tcpPackets(sent, { linkType: 1 }, 500, 50_001);
    const mixed = [...one, ...two].sort((a, b) => a.time - b.time);
    const both = await decode(pcap(mixed, 1));
    expect(both.out.match(/#1 /g)).toHaveLength(EXPECTED.length);
    expect(both.out.match(/#2 /g)).toHaveLength(EXPECTED.length);
    const second = await decode(pcap(mixed, 1), '--connection', '2');
    expect(contents(second.out).slice(1)).toEqual(EXPECTED.slice(1));
    const third = await decode(pcap(mixed, 1), '-c', '3');
    expect(third).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/no connection 3; there are others/) });
  });

  test('an address that is used again is another connection', async () => {
    const again = tcpPackets(sent, { linkType: 1 });
    const run = await decode(pcap([...again, ...again], 1));
    expect(run.out.match(/#2 /g)).toHaveLength(EXPECTED.length);
  });

  test('addresses that are used again before the end of the connection before was captured', async () => {
    const whole = tcpPackets(sent, { linkType: 1 });
    const unfinished = whole.slice(0, -5);
    const later = tcpPackets(sent, { linkType: 1 }, 1448, 50_000, 77);
    const run = await decode(pcap([...unfinished, ...later], 1));
    expect(run).toMatchObject({ code: 0, err: '' });
    const second = run.out.split('\n').filter((line) => line.includes(' #2 '));
    expect(contents(second.join('\n'))).toEqual(EXPECTED);
    const first = run.out.split('\n').filter((line) => line.includes(' #1 '));
    expect(contents(first.join('\n'))).toEqual(EXPECTED.slice(0, first.length));
  });

  test('a SYN that is sent again, or comes behind its answer, is no other connection', async () => {
    const [syn, synAck, ...rest] = tcpPackets(sent, { linkType: 1 });
    for (const packets of [
      [syn!, syn!, synAck!, syn!, ...rest],
      [synAck!, syn!, ...rest],
      [syn!, synAck!, ...rest.slice(0, 4), syn!, ...rest.slice(4)],
    ]) {
      const run = await decode(pcap(packets, 1));
      expect(run).toMatchObject({ code: 0, err: '' });
      expect(contents(run.out)).toEqual(EXPECTED);
    }
  });

  test('a capture that begins behind the SYN, but before the request', async () => {
    const run = await decode(pcap(tcpPackets(sent, { linkType: 1 }).slice(3), 1));
    expect(run).toMatchObject({ code: 0, err: '' });
    expect(contents(run.out)).toEqual(EXPECTED);
  });

  test.each([5, 6])('a capture that begins in the middle says so, once for a connection', async (from) => {
    const late = tcpPackets(sent, { linkType: 1 }).slice(from);
    const other = tcpPackets(sent, { linkType: 1 }, 1448, 50_001);
    const run = await decode(pcap([...late, ...other], 1));
    expect(run.code).toBe(0);
    expect(run.err).toMatch(
      /^[^\n]*#1 ! 127\.0\.0\.1:50000 > 127\.0\.0\.1:9080: the connection began before the capture[^\n]*\n$/,
    );
    expect(contents(run.out).slice(1)).toEqual(EXPECTED.slice(1));
    const alone = await decode(pcap(late, 1));
    expect(alone.code).toBe(1);
    expect(alone.err).toMatch(/has no WebSocket connection\.\nThe capture has to begin before/);
  });

  test('segments in reverse order within a window, each of which was sent twice', async () => {
    const [syn, synAck, ack, ...rest] = tcpPackets(sent, { linkType: 1 }, 200);
    const fins = rest.splice(-2);
    const reversed: WrittenPacket[] = rest.splice(0, 6); // the handshake
    for (let at = 0; at < rest.length; at += 30) {
      const part = rest.slice(at, at + 30);
      // Each end's segments change places among themselves.
      const portOf = ({ data }: WrittenPacket): number => data.readUInt16BE(34);
      const turned = part.map((packet) => {
        const own = part.filter((other) => portOf(other) === portOf(packet));
        return own[own.length - 1 - own.indexOf(packet)]!;
      });
      reversed.push(...turned, ...turned);
    }
    const run = await decode(pcap([syn!, synAck!, ack!, ...reversed, ...fins], 1));
    expect(run.err).toBe('');
    for (const arrow of ['>', '<']) {
      const own = (lines: readonly (string | undefined)[]) => lines.filter((line) => line?.startsWith(`${arrow} `));
      expect(own(contents(run.out))).toEqual(own(EXPECTED));
    }
  });

  test.each([
    ['hex', '> text      19 7b2268656c6c6f223a202277c3b6726c64227d'],
    ['json', '> text      19 {"hello":"wörld"}'],
    ['text', '> text      19 {"hello": "wörld"}'],
    ['variant', '> text      19 no Variant: '],
  ])('--view %s', async (view, line) => {
    const { out } = await decode(pcap(tcpPackets(sent, { linkType: 1 }), 1), '--view', view);
    expect(contents(out)[1]).toContain(line);
  });

  test('--json has everything in full', async () => {
    const { out } = await decode(pcap(tcpPackets(sent, { linkType: 1 }), 1), '--json');
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines[0]).toMatchObject({ kind: 'open', connection: 1, target: '/play?room=1', protocol: null });
    expect(lines[1]).toMatchObject({
      kind: 'message',
      from: 'client',
      opcode: 'text',
      size: 19,
      text: '{"hello": "wörld"}',
    });
    expect(lines[2]).toMatchObject({ from: 'server', opcode: 'binary', view: 'variant', value: 'Vector2(1, 2)' });
    expect(lines[3]).toMatchObject({ view: 'hex', data: 'fffe' });
    expect(lines[4].text).toHaveLength(5500);
    expect(lines[8]).toMatchObject({ kind: 'close', from: 'server', code: 4000, reason: 'bye' });
  });

  test('shows the packets of Godot, with the names of --rpc', async () => {
    const { client, server, step, sent: packets } = converse();
    server.send(bytesOf('05 00 00 00'));
    server.send(bytesOf('A0 06 00 00 80 01 4D 61 69 6E 00'));
    step();
    client.send(bytesOf('03 68 69'));
    step();
    const capture = pcap(tcpPackets(packets, { linkType: 1 }), 1);
    const lines = contents((await decode(capture)).out);
    expect(lines.slice(1, 4)).toEqual([
      '< binary     4 id 5',
      '< binary    11 rpc Main.#1()',
      '> binary     3 raw 2 bytes 6869',
    ]);
    const methods = join(directory, 'methods.json');
    writeFileSync(methods, '{"nodes": {"Main": {"move": ["Vector2"], "ping": []}}}');
    const named = await decode(capture, '--rpc', methods, '--json');
    expect(named.out.split('\n')[2]).toContain('"path":"Main","node":null,"method":1,"name":"ping"');
  });

  test('reads a recording', async () => {
    const chunks: Uint8Array[] = [];
    const writer = new RecordingWriter({ seed: 1, startedAt: 1_700_000_000_000 }, (chunk) => chunks.push(chunk));
    writer.event(RecordedKind.OPENED, 0, 1, '127.0.0.1:50000');
    for (const { isFromClient, bytes } of sent)
      writer.event(isFromClient ? RecordedKind.RECEIVED : RecordedKind.SENT, 1.5, 1, bytes);
    writer.event(RecordedKind.ENDED, 2, 1);
    writer.event(RecordedKind.CLOSED, 2, 1);
    const run = await decode(Buffer.concat(chunks));
    expect(run).toMatchObject({ code: 0, err: '' });
    expect(contents(run.out).slice(1)).toEqual(EXPECTED.slice(1));
    const cut = await decode(Buffer.concat(chunks).subarray(0, -30));
    expect(cut).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^tickpeer: FILE: the event at byte \d+ is cut off or damaged/),
    });
  });

  test('reads a HAR', async () => {
    const har = {
      log: {
        entries: [
          { request: { url: 'http://game.test/' } },
          {
            request: { url: 'ws://game.test:9080/play' },
            response: { headers: [{ name: 'Sec-WebSocket-Protocol', value: 'chat' }] },
            _webSocketMessages: [
              { type: 'receive', time: 1_700_000_000.5, opcode: 2, data: 'BQAAAA==' },
              { type: 'send', time: 1_700_000_000.75, opcode: 1, data: 'hi' },
              { type: 'receive', time: 1_700_000_001, opcode: -1, data: 'Invalid frame header' },
              { type: 'send', opcode: 1 },
            ],
          },
        ],
      },
    };
    const run = await decode(JSON.stringify(har));
    expect(run.code).toBe(0);
    expect(contents(run.out)).toEqual(
      expect.arrayContaining(['open browser > game.test:9080 /play, chat', '< binary     4 id 5', '> text       2 hi']),
    );
    expect(run.err).toContain('the browser says: Invalid frame header');
    expect(run.err).toContain('message 4 of ws://game.test:9080/play is damaged');
  });
});

test.each([
  ['seconds', 1_700_000_000.5, 1_700_000_000.75],
  ['milliseconds, as of Playwright,', 1_700_000_000_500, 1_700_000_000_750],
])('a HAR may have %s', async (_, first, second) => {
  const messages = [first, second, -1, null].map((time) => ({ type: 'send', time, opcode: 1, data: 'x' }));
  const har = { log: { entries: [{ request: { url: 'ws://a/' }, _webSocketMessages: [...messages.slice(0, 2)] }] } };
  const { out } = await decode(JSON.stringify(har), '--json');
  const times = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).time);
  expect(times).toEqual([1_700_000_000.5, 1_700_000_000.5, 1_700_000_000.75]);
  har.log.entries[0]!._webSocketMessages = [...messages.slice(2)];
  const without = await decode(JSON.stringify(har), '--json');
  expect(
    without.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).time),
  ).toEqual([0, 0, 0]);
});

test('a HAR whose lists have anything in them', async () => {
  const har = { log: { entries: [null, 1, [], { _webSocketMessages: [null, 1, 'x', [], { type: 'send' }] }] } };
  const run = await decode(JSON.stringify(har));
  expect(run.code).toBe(0);
  expect(run.err.match(/is damaged/g)).toHaveLength(5);
});

describe('what cannot be read', () => {
  const sent = conversation();

  test.each([
    [{ linkType: 1 }, (packets: WrittenPacket[]) => pcap(packets, 1), /packet at byte \d+/],
    [{ linkType: 1 }, (packets: WrittenPacket[]) => pcapng(packets, 1), /block at byte \d+/],
  ])('a capture that is cut off is shown up to there', async (wrapping, write, place) => {
    const file = write(tcpPackets(sent, wrapping));
    const run = await decode(file.subarray(0, file.length - 700));
    expect(run.code).toBe(1);
    expect(contents(run.out).slice(0, 4)).toEqual(EXPECTED.slice(0, 4));
    expect(run.err).toMatch(/^tickpeer: FILE: it ends at byte \d+, in the middle of the /);
    expect(run.err).toMatch(place);
  });

  test('bytes that are missing are a notice, and end that direction', async () => {
    const packets = tcpPackets(sent, { linkType: 1 });
    const hole = packets.findIndex(({ data }) => data.length > 1000);
    const run = await decode(pcap(packets.toSpliced(hole, 1), 1));
    expect(run.code).toBe(0);
    expect(run.err).toContain('bytes of the client are missing in the capture');
    expect(contents(run.out)).toEqual(expect.arrayContaining([EXPECTED[1], EXPECTED[7], '< close  4000 bye']));
    expect(contents(run.out)).not.toContain(MANY);
  });

  test('a packet of which the capture has only the beginning, too', async () => {
    const packets = tcpPackets(sent, { linkType: 1 }).map(({ time, data }) => ({ time, data: data.subarray(0, 500) }));
    const run = await decode(pcap(packets, 1));
    expect(run.err).toContain('bytes of the client are missing in the capture');
    expect(contents(run.out).slice(0, 4)).toEqual(EXPECTED.slice(0, 4));
  });

  test.each([
    [54, /cut off in their headers/],
    [53, /cut off in their headers/],
    [33, /cut off in their headers/],
    [13, /cut off in their headers/],
    [74, /bytes of the client are missing/],
  ])('with %i bytes of each packet, it says what is missing', async (length, message) => {
    const run = await decode(pcap(tcpPackets(sent, { linkType: 1 }), 1, false, false, length));
    expect(run.code).toBe(1);
    expect(run.err).toMatch(length === 54 ? /bytes of the client are missing/ : message);
  });

  test('informational answers without end do not exhaust the stack', async () => {
    const many = 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(100_000);
    const chunks: Uint8Array[] = [];
    const writer = new RecordingWriter({ seed: 1, startedAt: 0 }, (chunk) => chunks.push(chunk));
    writer.event(RecordedKind.OPENED, 0, 1, '127.0.0.1:50000');
    writer.event(RecordedKind.RECEIVED, 0, 1, 'GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n');
    writer.event(RecordedKind.SENT, 0, 1, many);
    writer.event(RecordedKind.SENT, 0, 1, 'HTTP/1.1 403 No\r\n\r\n');
    const run = await decode(Buffer.concat(chunks));
    expect(run).toMatchObject({ code: 1, err: expect.stringMatching(/the server has refused with 403 No/) });
  });

  test('control characters of a request and of a notice are escaped, also in JSON', async () => {
    const file = talk('GET /\u0085 HTTP/1.1\r\nHost: a\r\n\r\n');
    const har = {
      log: {
        entries: [
          {
            request: { url: 'ws://a\u009b31m/\u202e' },
            _webSocketMessages: [{ type: 'send', time: 1, opcode: 1, data: '\u009b\u001b' }],
          },
        ],
      },
    };
    for (const words of [[], ['--json']]) {
      for (const content of [file, JSON.stringify(har)]) {
        const run = await decode(content, ...words);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
        expect(run.out + run.err).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
      }
    }
  });

  const talk = (text: string, answer = ''): Buffer =>
    pcap(
      tcpPackets(
        [
          { isFromClient: true, bytes: Buffer.from(text, 'latin1') },
          { isFromClient: false, bytes: Buffer.from(answer, 'latin1') },
        ],
        { linkType: 1 },
      ),
      1,
    );
  test.each([
    [talk('\x16\x03\x01\x00\x05hello'), /127\.0\.0\.1:50000 > 127\.0\.0\.1:9080: it is TLS: only plain ws/],
    [talk('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), /it is HTTP\/2/],
    [talk('GET /index.html HTTP/1.1\r\nHost: a\r\n\r\n'), /it is HTTP without WebSocket: GET \/index\.html/],
    [talk('\x00\x01\x02'), /does not begin with an HTTP request/],
    [
      talk('GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n', 'HTTP/1.1 403 Forbidden\r\n\r\n'),
      /the server has refused with 403 Forbidden/,
    ],
  ])('a connection without WebSocket says what it is', async (file, reason) => {
    const run = await decode(file);
    expect(run).toMatchObject({ code: 1, out: '' });
    expect(run.err).toMatch(reason);
    expect(run.err).toMatch(/tickpeer: FILE has no WebSocket connection\.\nThe capture has to begin before/);
  });

  test.each([
    ['', /less than four bytes/],
    ['hello', /neither pcap, pcapng, HAR nor a recording/],
    ['{"log": 1}', /no HAR/],
    ['{"log', /no JSON/],
    ['TPRC\x09\x00', /version is 9/],
    [pcap([], 147), /no WebSocket connection/],
    [Buffer.concat([pcap([], 1), Buffer.alloc(16, 0xff)]), /would have 4294967295 bytes/],
  ])('a file of another kind ends with 1: %o', async (content, reason) => {
    const run = await decode(content);
    expect(run).toMatchObject({ code: 1, out: '', err: expect.stringMatching(reason) });
  });

  test('a file that is not there ends with 5, and a wrong option with 2', async () => {
    const missing = runCommand(['decode', join(directory, 'missing')]);
    expect(await missing.exitCode).toBe(5);
    expect(missing.stderr()).toMatch(/cannot be read: ENOENT/);
    expect(await decode('', '--view', 'xml')).toMatchObject({ code: 2, err: expect.stringMatching(/Views: auto/) });
    expect(await decode('', '--connection', '0')).toMatchObject({ code: 2 });
    const methods = join(directory, 'wrong.json');
    for (const text of ['{"nodes": {"Main": 5}}', '{"Main": ["move"]}']) {
      writeFileSync(methods, text);
      expect(await decode('', '--rpc', methods)).toMatchObject({ code: 5, err: expect.stringMatching(/"Main"/) });
    }
  });

  test('text cannot change the terminal', async () => {
    const { client, step, sent: evil } = converse();
    client.sendText('\u001b[2J\u0007\nnext \u202e');
    step();
    const run = await decode(pcap(tcpPackets(evil, { linkType: 1 }), 1));
    expect(contents(run.out)[1]).toBe('> text      14 \\u001b[2J\\u0007\\nnext \\u202e');
  });
});
