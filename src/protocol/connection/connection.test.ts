import { describe, expect, test } from 'vitest';
import { drainOutput, feed, makeConnection, SPLITS, takePackets } from '../../../test/support/connection.ts';
import { bytesOf, concat, frameTo, hex, type RawFrame, readFrames } from '../../../test/support/frames.ts';
import { nodePlatform } from '../../../test/support/platform.ts';
import { ErrorCode } from '../../error-code.ts';
import type { Extension } from '../extension.ts';
import { Opcode, type Role } from '../opcode.ts';
import { Connection, ConnectionState } from './connection.ts';
import { CONNECTION_DEFAULTS } from './connection-settings.ts';

const ROLES: readonly Role[] = ['client', 'server'];
const { TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG } = Opcode;

/** A Close frame's payload. */
function closing(code: number, reason = ''): Uint8Array {
  return concat([Uint8Array.of(code >> 8, code & 0xff), new TextEncoder().encode(reason)]);
}

interface Case {
  readonly name: string;
  readonly frames: readonly RawFrame[];
  /** Packets as `t:text` or `b:hex`. */
  readonly packets?: readonly string[];
  /** What we answer, as `opcode:hex of payload`. */
  readonly answers?: readonly string[];
  /** How it ends: a failure's code, or the clean close code. */
  readonly end?: string | number;
}

const CASES: readonly Case[] = [
  // RFC 6455 5.6, 5.2: data and lengths
  { name: 'text', frames: [{ opcode: TEXT, payload: 'Hello' }], packets: ['t:Hello'] },
  { name: 'empty text', frames: [{ opcode: TEXT }], packets: ['t:'] },
  { name: 'empty binary', frames: [{ opcode: BINARY }], packets: ['b:'] },
  ...[125, 126, 127, 65_535].map((size) => ({
    name: `binary of ${size} bytes`,
    frames: [{ opcode: BINARY, payload: new Uint8Array(size).fill(7) }],
    packets: [`b:${'07'.repeat(size)}`],
  })),
  {
    name: 'two messages glued',
    frames: [
      { opcode: TEXT, payload: 'a' },
      { opcode: BINARY, payload: Uint8Array.of(1, 2) },
    ],
    packets: ['t:a', 'b:0102'],
  },
  {
    name: '16-bit length below 126',
    frames: [{ opcode: BINARY, payload: 'x', lengthBytes: 2 }],
    answers: ['8:03ea'],
    end: 'TICKPEER_PROTOCOL_ERROR',
  },
  {
    name: '64-bit length below 65536',
    frames: [{ opcode: BINARY, payload: 'x', lengthBytes: 8 }],
    answers: ['8:03ea'],
    end: 'TICKPEER_PROTOCOL_ERROR',
  },
  {
    name: 'a message one above the limit',
    frames: [{ opcode: BINARY, payload: new Uint8Array(65_536) }],
    answers: ['8:03f1'],
    end: 'TICKPEER_MESSAGE_TOO_BIG',
  },
  // RFC 6455 5.4: fragments
  {
    name: 'a message in three frames',
    frames: [
      { opcode: TEXT, payload: 'ab', fin: false },
      { opcode: CONTINUATION, payload: '', fin: false },
      { opcode: CONTINUATION, payload: 'cd' },
    ],
    packets: ['t:abcd'],
  },
  {
    name: 'control frames between fragments',
    frames: [
      { opcode: BINARY, payload: 'ab', fin: false },
      { opcode: PING, payload: 'hi' },
      { opcode: CONTINUATION, payload: 'c', fin: false },
      { opcode: PONG, payload: 'unasked' },
      { opcode: CONTINUATION, payload: '' },
    ],
    packets: ['b:616263'],
    answers: ['10:6869'],
  },
  {
    name: 'a continuation of nothing',
    frames: [{ opcode: CONTINUATION, payload: 'x' }],
    answers: ['8:03ea'],
    end: 'TICKPEER_PROTOCOL_ERROR',
  },
  {
    name: 'a new message inside a fragmented one',
    frames: [
      { opcode: TEXT, payload: 'a', fin: false },
      { opcode: TEXT, payload: 'b' },
    ],
    answers: ['8:03ea'],
    end: 'TICKPEER_PROTOCOL_ERROR',
  },
  {
    name: 'fragments that exceed the limit together',
    frames: [
      { opcode: BINARY, payload: new Uint8Array(60_000), fin: false },
      { opcode: CONTINUATION, payload: new Uint8Array(5536) },
    ],
    answers: ['8:03f1'],
    end: 'TICKPEER_MESSAGE_TOO_BIG',
  },
  // RFC 6455 5.2: reserved bits and opcodes
  ...[0x40, 0x20, 0x10, 0x70].map((rsv) => ({
    name: `reserved bits ${rsv.toString(16)}`,
    frames: [{ opcode: TEXT, payload: 'x', rsv }],
    answers: ['8:03ea'],
    end: 'TICKPEER_PROTOCOL_ERROR',
  })),
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) => ({
    name: `reserved opcode ${opcode}`,
    frames: [{ opcode }],
    answers: ['8:03ea'],
    end: 'TICKPEER_PROTOCOL_ERROR',
  })),
  // RFC 6455 5.5: control frames
  { name: 'a ping', frames: [{ opcode: PING, payload: 'beat' }], answers: ['10:62656174'] },
  {
    name: 'a ping of 125 bytes',
    frames: [{ opcode: PING, payload: new Uint8Array(125) }],
    answers: [`10:${'00'.repeat(125)}`],
  },
  {
    name: 'a ping of 126 bytes',
    frames: [{ opcode: PING, payload: new Uint8Array(126) }],
    answers: ['8:03ea'],
    end: 'TICKPEER_PROTOCOL_ERROR',
  },
  {
    name: 'a fragmented ping',
    frames: [{ opcode: PING, fin: false }],
    answers: ['8:03ea'],
    end: 'TICKPEER_PROTOCOL_ERROR',
  },
  {
    name: 'a pong nobody asked for',
    frames: [
      { opcode: PONG, payload: 'x' },
      { opcode: TEXT, payload: 'ok' },
    ],
    packets: ['t:ok'],
  },
  // RFC 6455 8.1: UTF-8
  { name: 'text beyond ASCII', frames: [{ opcode: TEXT, payload: 'κόσμε 🦊' }], packets: ['t:κόσμε 🦊'] },
  {
    name: 'a code point split over fragments',
    frames: [
      { opcode: TEXT, payload: bytesOf('f09f'), fin: false },
      { opcode: CONTINUATION, payload: bytesOf('a68a') },
    ],
    packets: ['t:🦊'],
  },
  ...['80', 'c0af', 'eda080', 'f4908080', 'ff', 'c3', 'e282'].map((text) => ({
    name: `text that is not UTF-8: ${text}`,
    frames: [{ opcode: TEXT, payload: bytesOf(text) }],
    answers: ['8:03ef'],
    end: 'TICKPEER_INVALID_UTF8',
  })),
  {
    name: 'fragmented text that ends inside a code point',
    frames: [
      { opcode: TEXT, payload: 'a', fin: false },
      { opcode: CONTINUATION, payload: bytesOf('e282') },
    ],
    answers: ['8:03ef'],
    end: 'TICKPEER_INVALID_UTF8',
  },
  {
    name: 'fragmented text with a bad byte before its end',
    frames: [{ opcode: TEXT, payload: bytesOf('61ff'), fin: false }],
    answers: ['8:03ef'],
    end: 'TICKPEER_INVALID_UTF8',
  },
  // RFC 6455 5.5.1, 7: closing
  { name: 'a Close without a code', frames: [{ opcode: CLOSE }], answers: ['8:'], end: 1005 },
  {
    name: 'a Close with code and reason',
    frames: [{ opcode: CLOSE, payload: closing(1000, 'bye') }],
    answers: ['8:03e8627965'],
    end: 1000,
  },
  {
    name: 'a Close with half a code',
    frames: [{ opcode: CLOSE, payload: bytesOf('03') }],
    answers: ['8:03ea'],
    end: 'TICKPEER_PROTOCOL_ERROR',
  },
  {
    name: 'a Close whose reason is not UTF-8',
    frames: [{ opcode: CLOSE, payload: bytesOf('03e8ff') }],
    answers: ['8:03ef'],
    end: 'TICKPEER_INVALID_UTF8',
  },
  {
    name: 'data, then Close, then data that counts no more',
    frames: [
      { opcode: TEXT, payload: 'last' },
      { opcode: CLOSE, payload: closing(1001) },
      { opcode: TEXT, payload: 'late' },
    ],
    packets: ['t:last'],
    answers: ['8:03e9'],
    end: 1001,
  },
  ...[1000, 1001, 1002, 1003, 1007, 1011, 1012, 1014, 3000, 3999, 4000, 4999].map((code) => ({
    name: `close code ${code}`,
    frames: [{ opcode: CLOSE, payload: closing(code) }],
    answers: [`8:${code.toString(16).padStart(4, '0')}`],
    end: code,
  })),
  ...[0, 1, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535].map((code) => ({
    name: `close code ${code}, which may not be sent`,
    frames: [{ opcode: CLOSE, payload: closing(code) }],
    answers: ['8:03ea'],
    end: 'TICKPEER_PROTOCOL_ERROR',
  })),
];

describe.each(ROLES)('a %s', (role) => {
  describe.each(SPLITS)('that receives its bytes: %s', (how) => {
    test.each(CASES)('$name', ({ frames, packets = [], answers = [], end }) => {
      const connection = makeConnection(role);
      feed(connection, concat(frames.map((frame) => frameTo(role, frame))), how);
      const taken = takePackets(connection);
      expect(taken.map(({ payload, isText }) => (isText ? `t:${Buffer.from(payload)}` : `b:${hex(payload)}`))).toEqual(
        packets,
      );
      const sent = readFrames(drainOutput(connection));
      expect(sent.every((frame) => frame.isMasked === (role === 'client') && frame.fin && frame.rsv === 0)).toBe(true);
      // Of our own Close frames after a failure only the code is compared: the reason is for people.
      const said = sent.map(
        ({ opcode, payload }) =>
          `${opcode}:${hex(opcode === CLOSE && typeof end === 'string' ? payload.subarray(0, 2) : payload)}`,
      );
      expect(said).toEqual(answers);
      if (end === undefined) {
        expect(connection.state).toBe(ConnectionState.OPEN);
      } else {
        expect(connection.state).toBe(ConnectionState.CLOSED);
        expect(connection.failure?.code ?? connection.closeCode).toBe(end);
      }
    });
  });

  test('a frame with the wrong masking is a protocol error', () => {
    const connection = makeConnection(role);
    feed(connection, frameTo(role === 'client' ? 'server' : 'client', { opcode: TEXT, payload: 'x' }));
    expect(connection.failure?.code).toBe('TICKPEER_PROTOCOL_ERROR');
  });

  test('a length of 2^62 is refused before memory is reserved, and one with the top bit is a protocol error', () => {
    for (const [length, code] of [
      ['4000000000000000', 'TICKPEER_MESSAGE_TOO_BIG'],
      ['0020000000000000', 'TICKPEER_MESSAGE_TOO_BIG'],
      ['8000000000000000', 'TICKPEER_PROTOCOL_ERROR'],
    ]) {
      const connection = makeConnection(role, { inboundBufferSize: Number.MAX_SAFE_INTEGER });
      feed(connection, bytesOf(role === 'server' ? `82ff${length}00000000` : `827f${length}`));
      expect(connection.failure?.code).toBe(code);
    }
  });

  test('bad UTF-8 fails while its frame is still arriving', () => {
    const connection = makeConnection(role);
    const frame = frameTo(role, { opcode: TEXT, payload: bytesOf('ce ba ff 61 61 61') });
    feed(connection, frame.subarray(0, frame.length - 3));
    expect(connection.failure?.code).toBe('TICKPEER_INVALID_UTF8');
  });

  test('packets have memory of their own, also when the bytes come in a Node Buffer', () => {
    const connection = makeConnection(role, { maxQueuedPackets: 1 });
    const frame = frameTo(role, { opcode: BINARY, payload: 'mine' });
    const chunk = Buffer.concat([frame, frame]);
    connection.receive(chunk, 0);
    chunk.fill(0);
    for (let count = 0; count < 2; count++) {
      const packet = connection.takePacket(0);
      expect(packet?.constructor).toBe(Uint8Array);
      expect(packet?.buffer.byteLength).toBe(4);
      expect(`${Buffer.from(packet ?? [])}`).toBe('mine');
    }
  });

  test('another connection reads what it sends', () => {
    const other: Role = role === 'client' ? 'server' : 'client';
    for (const size of [0, 1, 125, 126, 65_535, 65_536, 200_000]) {
      for (const fragmentSize of [0, 1000]) {
        const from = makeConnection(role, { outboundBufferSize: 0, fragmentSize });
        const to = makeConnection(other, { inboundBufferSize: 1_000_000 });
        const payload = new Uint8Array(size).map((_, index) => 32 + (index % 90));
        expect(from.send(payload, TEXT)).toBe(ErrorCode.OK);
        feed(to, drainOutput(from));
        const [packet] = takePackets(to);
        expect(packet?.isText).toBe(true);
        expect(Buffer.compare(packet?.payload ?? new Uint8Array(0), payload)).toBe(0);
        expect(to.counters.framesReceived).toBe(fragmentSize > 0 && size > 0 ? Math.ceil(size / fragmentSize) : 1);
      }
    }
  });

  test('a message that was accepted and decoded is delivered although the limit was lowered', () => {
    const decoded = new Uint8Array(900);
    const extension: Extension = {
      name: 'x',
      rsv1: true,
      sharingKey: null,
      encode: () => null,
      release: () => {},
      decode: () => decoded,
    };
    const settings = { ...CONNECTION_DEFAULTS, inboundBufferSize: 1000 };
    const connection = new Connection(role, settings, nodePlatform, 0, extension);
    feed(connection, frameTo(role, { opcode: BINARY, payload: new Uint8Array(500) }));
    feed(connection, frameTo(role, { opcode: BINARY, rsv: 0x40, payload: 'x' }));
    feed(connection, frameTo(role, { opcode: TEXT, payload: 'behind' }));
    settings.inboundBufferSize = 600;
    connection.resume(0);
    const sizes: (number | undefined)[] = [];
    while (connection.packetCount > 0) sizes.push(connection.takePacket(0)?.length);
    expect(sizes).toEqual([500, 900, 6]);
    expect(connection.wantsBytes).toBe(true);
  });

  test('its extension is released once, however the connection ends', () => {
    const ends: ((connection: Connection) => void)[] = [
      (connection) => feed(connection, frameTo(role, { opcode: CLOSE })),
      (connection) => feed(connection, frameTo(role, { opcode: 3 })),
      (connection) => {
        connection.receiveEnd(null, 0);
        connection.conclude();
      },
      (connection) => connection.abandon({ code: 'TICKPEER_DROPPED', message: 'for a test' }),
    ];
    for (const end of ends) {
      let releases = 0;
      const extension: Extension = {
        name: 'x',
        rsv1: true,
        sharingKey: null,
        encode: () => null,
        decode: (payload) => payload.slice(),
        release: () => releases++,
      };
      const connection = new Connection(role, CONNECTION_DEFAULTS, nodePlatform, 0, extension);
      end(connection);
      connection.abandon({ code: 'TICKPEER_DROPPED', message: 'once more' });
      expect([connection.state, releases]).toEqual([ConnectionState.CLOSED, 1]);
    }
  });

  test('the outbound limits: one below, on, and one above', () => {
    const connection = makeConnection(role, { outboundBufferSize: 100, maxQueuedPackets: 3 });
    expect(connection.send(new Uint8Array(99), BINARY)).toBe(ErrorCode.OK);
    expect(connection.send(new Uint8Array(2), BINARY)).toBe(ErrorCode.ERR_OUT_OF_MEMORY);
    expect(connection.send(new Uint8Array(1), BINARY)).toBe(ErrorCode.OK);
    expect(connection.send(new Uint8Array(0), BINARY)).toBe(ErrorCode.OK);
    expect(connection.send(new Uint8Array(0), BINARY)).toBe(ErrorCode.ERR_OUT_OF_MEMORY);
    expect(readFrames(drainOutput(connection)).map(({ payload }) => payload.length)).toEqual([99, 1, 0]);
    expect(connection.send(new Uint8Array(101), BINARY)).toBe(ErrorCode.ERR_OUT_OF_MEMORY);
    expect(connection.send(new Uint8Array(100), BINARY)).toBe(ErrorCode.OK);
    expect(connection.counters.sendsRefused).toBe(3);
  });

  test('output that was taken and not confirmed still counts as buffered', () => {
    const connection = makeConnection(role, { outboundBufferSize: 10 });
    connection.send(new Uint8Array(10), BINARY);
    connection.takeOutput();
    expect(connection.output.payloadSize).toBe(10);
    expect(connection.send(new Uint8Array(1), BINARY)).toBe(ErrorCode.ERR_OUT_OF_MEMORY);
    connection.output.confirm();
    expect(connection.output.payloadSize).toBe(0);
    expect(connection.send(new Uint8Array(1), BINARY)).toBe(ErrorCode.OK);
  });

  test('an inbound message limit: one below, on, and one above', () => {
    for (const [size, failure] of [
      [99, undefined],
      [100, undefined],
      [101, 'TICKPEER_MESSAGE_TOO_BIG'],
    ] as const) {
      const connection = makeConnection(role, { inboundBufferSize: 100 });
      feed(connection, frameTo(role, { opcode: BINARY, payload: new Uint8Array(size) }));
      expect(connection.failure?.code).toBe(failure);
    }
  });

  test('a fragment limit: on, and one above', () => {
    for (const [count, failure] of [
      [3, undefined],
      [4, 'TICKPEER_TOO_MANY_FRAGMENTS'],
    ] as const) {
      const connection = makeConnection(role, { maxFragments: 3 });
      feed(connection, frameTo(role, { opcode: BINARY, fin: false }));
      for (let more = 2; more <= count; more++) feed(connection, frameTo(role, { opcode: CONTINUATION, fin: false }));
      expect(connection.failure?.code).toBe(failure);
    }
  });

  describe.each(SPLITS)('with a full queue, bytes: %s', (how) => {
    test('wantsBytes is false, the limits hold, and nothing is lost', () => {
      const connection = makeConnection(role, { inboundBufferSize: 100, maxQueuedPackets: 5 });
      const sizes = [40, 60, 1, 100, 99, 2, 0, 0, 0, 0, 0, 0, 7];
      feed(
        connection,
        concat(sizes.map((size) => frameTo(role, { opcode: BINARY, payload: new Uint8Array(size) }))),
        how,
      );
      expect(connection.wantsBytes).toBe(false);
      const got: number[] = [];
      while (connection.packetCount > 0) {
        expect(connection.packetCount).toBeLessThanOrEqual(5);
        got.push(connection.takePacket(0)?.length ?? -1);
      }
      expect(got).toEqual(sizes);
      expect(connection.wantsBytes).toBe(true);
      expect(connection.counters.inboundPeakSize).toBeLessThanOrEqual(100);
      expect(connection.counters.inboundPeakPackets).toBeLessThanOrEqual(5);
    });

    test('Pings among waiting bytes get one Pong each', () => {
      const connection = makeConnection(role, { maxQueuedPackets: 1 });
      const frames = ['a', 'b', 'c'].flatMap((text): RawFrame[] => [
        { opcode: TEXT, payload: text },
        { opcode: PING, payload: `ping ${text}` },
      ]);
      feed(connection, concat(frames.map((frame) => frameTo(role, frame))), how);
      const answered = readFrames(drainOutput(connection)).map(({ payload }) => `${Buffer.from(payload)}`);
      expect(answered).toEqual(['ping a', 'ping b', 'ping c']);
      expect(takePackets(connection).map(({ payload }) => `${Buffer.from(payload)}`)).toEqual(['a', 'b', 'c']);
      expect(drainOutput(connection)).toHaveLength(0);
      expect(connection.counters.framesReceived).toBe(6);
    });

    test('a Close behind unread packets takes effect after them', () => {
      const connection = makeConnection(role, { maxQueuedPackets: 1 });
      const frames: RawFrame[] = [
        { opcode: TEXT, payload: 'a' },
        { opcode: TEXT, payload: 'b' },
        { opcode: CLOSE, payload: closing(1000) },
      ];
      feed(connection, concat(frames.map((frame) => frameTo(role, frame))), how);
      connection.receiveEnd(null, 0);
      expect(connection.state).toBe(ConnectionState.OPEN);
      expect(connection.isEnding).toBe(false);
      expect(takePackets(connection)).toHaveLength(2);
      expect(connection.isEnding).toBe(true);
      expect(connection.state).toBe(ConnectionState.OPEN);
      connection.conclude();
      expect(connection.state).toBe(ConnectionState.CLOSED);
      expect(connection.closeCode).toBe(1000);
    });

    test('after our own Close, messages without room are discarded, so that the other side’s Close is read', () => {
      const connection = makeConnection(role, { maxQueuedPackets: 2 });
      const data = (text: string): RawFrame => ({ opcode: TEXT, payload: text });
      feed(connection, concat([data('a'), data('b'), data('c')].map((frame) => frameTo(role, frame))), how);
      connection.close(1000, '', 0);
      const rest: RawFrame[] = [
        data('d'),
        { opcode: TEXT, payload: 'e', fin: false },
        { opcode: CONTINUATION },
        { opcode: CLOSE },
      ];
      feed(connection, concat(rest.map((frame) => frameTo(role, frame))), how);
      expect(connection.state).toBe(ConnectionState.CLOSED);
      expect(connection.closeCode).toBe(1005);
      expect(connection.counters.packetsDiscarded).toBe(3);
      expect(takePackets(connection).map(({ payload }) => `${Buffer.from(payload)}`)).toEqual(['a', 'b']);
    });
  });

  test('closing: queued data is sent before the Close; sends after it fail; the other side’s Close ends it', () => {
    const connection = makeConnection(role);
    connection.send(bytesOf('01'), BINARY);
    connection.close(4000, 'enough', 5);
    expect(connection.send(bytesOf('02'), BINARY)).toBe(ErrorCode.FAILED);
    connection.close(4001, 'again', 6);
    const sent = readFrames(drainOutput(connection));
    expect(sent.map(({ opcode, payload }) => `${opcode}:${hex(payload)}`)).toEqual([
      '2:01',
      `8:0fa0${hex(new TextEncoder().encode('enough'))}`,
    ]);
    feed(connection, frameTo(role, { opcode: CLOSE, payload: closing(4000, 'enough') }));
    expect(connection.isClean).toBe(true);
    expect([connection.closeCode, connection.closeReason]).toEqual([4000, 'enough']);
    expect(drainOutput(connection)).toHaveLength(0);
  });

  const ENDS: readonly [string, (connection: Connection) => void, readonly number[], string | undefined][] = [
    [
      'a Close',
      (connection) => connection.receive(frameTo(role, { opcode: CLOSE, payload: closing(4000) }), 0),
      [4000],
      undefined,
    ],
    [
      'a violation',
      (connection) => connection.receive(frameTo(role, { opcode: 3 }), 0),
      [1002],
      'TICKPEER_PROTOCOL_ERROR',
    ],
    ["the stream's end", (connection) => connection.receiveEnd(null, 0), [], 'TICKPEER_CONNECTION_LOST'],
  ];
  describe.each(ENDS)('%s', (_, end, answer, failure) => {
    test('waits for conclude(): until then messages can be sent, and nothing more is read', () => {
      const connection = makeConnection(role, { heartbeatInterval: 1000 });
      connection.receive(frameTo(role, { opcode: TEXT, payload: 'a' }), 0);
      end(connection);
      connection.receive(frameTo(role, { opcode: TEXT, payload: 'never' }), 0);
      expect([connection.state, connection.isEnding, connection.failure]).toEqual([ConnectionState.OPEN, true, null]);
      expect(connection.deadline).toBe(Number.POSITIVE_INFINITY);
      connection.advance(1e6);
      expect(connection.send(bytesOf('01'), BINARY)).toBe(ErrorCode.OK);
      const sent = (): string[] =>
        readFrames(drainOutput(connection)).map(({ opcode, payload }) => `${opcode}:${hex(payload)}`);
      expect(sent()).toEqual(['2:01']);
      connection.send(bytesOf('02'), BINARY);
      connection.conclude();
      connection.conclude();
      expect([connection.state, connection.isEnding]).toEqual([ConnectionState.CLOSED, false]);
      expect(connection.failure?.code).toBe(failure);
      expect(connection.send(bytesOf('03'), BINARY)).toBe(ErrorCode.FAILED);
      const [data, close] = sent();
      expect(data).toBe('2:02');
      const code = close === undefined ? [] : [Number.parseInt(close.slice(2, 6), 16)];
      expect(code).toEqual(answer);
    });

    test('close() before conclude() ends it at once, with our code', () => {
      const connection = makeConnection(role);
      end(connection);
      connection.close(1001, '', 0);
      expect([connection.state, connection.failure?.code]).toEqual([ConnectionState.CLOSED, failure]);
      expect(readFrames(drainOutput(connection)).map(({ payload }) => hex(payload))).toEqual(['03e9']);
    });

    test('abandon() does not wait for it', () => {
      const connection = makeConnection(role);
      end(connection);
      connection.abandon({ code: 'TICKPEER_DROPPED', message: 'for a test' });
      connection.conclude();
      expect([connection.state, connection.failure?.code]).toEqual([ConnectionState.CLOSED, 'TICKPEER_DROPPED']);
      expect(drainOutput(connection)).toHaveLength(0);
    });
  });

  test('closing ends on its time limit, not one below', () => {
    const connection = makeConnection(role, { closeTimeLimit: 1000 });
    connection.close(1000, '', 500);
    expect(connection.deadline).toBe(1500);
    drainOutput(connection);
    connection.advance(1499);
    expect(connection.state).toBe(ConnectionState.CLOSING);
    connection.advance(1500);
    expect(connection.state).toBe(ConnectionState.CLOSED);
    expect(connection.failure?.code).toBe('TICKPEER_CLOSE_TIMEOUT');
  });

  test('a reason of 123 bytes fits; a longer one is cut at a character', () => {
    for (const [reason, sent] of [
      ['x'.repeat(123), 'x'.repeat(123)],
      ['x'.repeat(124), 'x'.repeat(123)],
      [`${'x'.repeat(122)}é`, 'x'.repeat(122)],
      [`${'x'.repeat(120)}🦊`, 'x'.repeat(120)],
      ['é'.repeat(100), 'é'.repeat(61)],
    ] as const) {
      const connection = makeConnection(role);
      connection.close(1000, reason, 0);
      const [frame] = readFrames(drainOutput(connection));
      expect(`${Buffer.from(frame?.payload.subarray(2) ?? [])}`).toBe(sent);
    }
  });

  test('an end of the stream without a Close is unclean; packets that had arrived stay', () => {
    const connection = makeConnection(role);
    feed(connection, frameTo(role, { opcode: TEXT, payload: 'last words' }));
    connection.receiveEnd(null, 0);
    connection.conclude();
    expect(connection.state).toBe(ConnectionState.CLOSED);
    expect(connection.isClean).toBe(false);
    expect(connection.failure?.code).toBe('TICKPEER_CONNECTION_LOST');
    expect(takePackets(connection)).toHaveLength(1);
  });

  test('the heartbeat measures the round-trip time, and ends the connection when no Pong comes', () => {
    const connection = makeConnection(role, { heartbeatInterval: 1000, pongTimeLimit: 400 });
    connection.advance(0);
    const [ping] = readFrames(drainOutput(connection));
    expect(ping?.opcode).toBe(PING);
    expect(connection.deadline).toBe(400);
    connection.receive(frameTo(role, { opcode: PONG, payload: 'no' }), 10);
    expect(connection.counters.roundTripTime).toBe(-1);
    connection.receive(frameTo(role, { opcode: PONG, payload: ping?.payload ?? '' }), 25);
    expect(connection.counters.roundTripTime).toBe(25);
    expect(connection.deadline).toBe(1000);
    connection.advance(999);
    expect(drainOutput(connection)).toHaveLength(0);
    connection.advance(1000);
    expect(drainOutput(connection).length).toBeGreaterThan(0);
    connection.advance(1399);
    expect(connection.state).toBe(ConnectionState.OPEN);
    connection.advance(1400);
    expect(connection.isEnding).toBe(true);
    connection.conclude();
    expect(connection.failure?.code).toBe('TICKPEER_HEARTBEAT_TIMEOUT');
  });

  test('after the heartbeat’s time limit nothing is read: no later packet delays the end, and no Ping follows', () => {
    const connection = makeConnection(role, { heartbeatInterval: 1000, pongTimeLimit: 400, maxQueuedPackets: 2 });
    feed(connection, frameTo(role, { opcode: TEXT, payload: 'in time' }));
    connection.advance(0);
    drainOutput(connection);
    connection.advance(400);
    expect(connection.isEnding).toBe(true);
    for (const payload of ['late', 'later', 'latest'])
      connection.receive(frameTo(role, { opcode: TEXT, payload }), 500);
    expect([connection.isEnding, connection.packetCount, connection.wantsBytes]).toEqual([true, 1, false]);
    connection.advance(5000);
    expect(drainOutput(connection)).toHaveLength(0);
    connection.conclude();
    expect(connection.failure?.code).toBe('TICKPEER_HEARTBEAT_TIMEOUT');
    expect(takePackets(connection)).toHaveLength(1);
  });

  test('the time limits of a Pong and of the answer to our Close start when Ping and Close are written', () => {
    const connection = makeConnection(role, { heartbeatInterval: 1000, closeTimeLimit: 1000 });
    connection.advance(0);
    expect([connection.awaitsFlush, connection.isDeadlineTheirs]).toEqual([true, true]);
    connection.advance(5000);
    expect(connection.isEnding).toBe(false);
    connection.noteFlush(5000);
    const [ping] = readFrames(drainOutput(connection));
    expect(connection.deadline).toBe(6000);
    connection.advance(5999);
    expect(connection.isEnding).toBe(false);
    connection.receive(frameTo(role, { opcode: PONG, payload: ping?.payload ?? '' }), 5999);
    expect(connection.counters.roundTripTime).toBe(999);
    expect(connection.isDeadlineTheirs).toBe(false);
    connection.close(1000, '', 6000);
    connection.advance(9000);
    expect(connection.state).toBe(ConnectionState.CLOSING);
    connection.noteFlush(9000);
    expect(connection.deadline).toBe(10_000);
    connection.advance(9999);
    expect(connection.state).toBe(ConnectionState.CLOSING);
    connection.advance(10_000);
    expect(connection.state).toBe(ConnectionState.CLOSED);
  });

  test('the heartbeat does not end the connection while we do not read', () => {
    const connection = makeConnection(role, { heartbeatInterval: 1000, maxQueuedPackets: 1 });
    connection.advance(0);
    drainOutput(connection);
    feed(connection, concat(['a', 'b'].map((payload) => frameTo(role, { opcode: TEXT, payload }))));
    expect(connection.wantsBytes).toBe(false);
    connection.advance(5000);
    expect(connection.state).toBe(ConnectionState.OPEN);
    takePackets(connection);
    connection.advance(5999);
    expect(connection.state).toBe(ConnectionState.OPEN);
    connection.advance(6000);
    expect(connection.isEnding).toBe(true);
  });

  test('a flood of Pings causes a limited number of Pongs, one of them for the last Ping', () => {
    const connection = makeConnection(role);
    const pings = Array.from({ length: 1000 }, (_, index) => frameTo(role, { opcode: PING, payload: `${index}` }));
    feed(connection, concat(pings));
    const answers = readFrames(drainOutput(connection)).map(({ payload }) => `${Buffer.from(payload)}`);
    expect(answers).toHaveLength(65);
    expect(answers.at(-1)).toBe('999');
  });
});
