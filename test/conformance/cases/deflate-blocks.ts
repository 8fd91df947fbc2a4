import { Buffer } from 'node:buffer';
import { constants, deflateRawSync } from 'node:zlib';
import { patternBytes, patternText } from '../../support/payloads.ts';
import { breaks, type CaseDeflate, type CaseSettings, delivers, type FrameCase, fails } from '../case.ts';
import { randomOf } from '../split.ts';
import {
  BINARY,
  CLOSE,
  CONTINUATION,
  closeFrame,
  type InFrame,
  type OutFrame,
  PING,
  PONG,
  payloadBytes,
  TEXT,
  unhex,
} from '../wire.ts';

const RSV1 = 0x40;
const HELLO = 'f2 48 cd c9 c9 07 00';

function packed(opcode: number, payload: string | Uint8Array, more: Partial<InFrame> = {}): InFrame {
  return { opcode, rsv: RSV1, payload: typeof payload === 'string' ? unhex(payload) : payload, ...more };
}

/** Compressed by itself, without the tail. */
function deflated(message: string | Uint8Array, level = -1): Uint8Array {
  const bytes = deflateRawSync(message, { level, finishFlush: constants.Z_SYNC_FLUSH });
  return Uint8Array.from(bytes.subarray(0, -4));
}

/** This many blocks with BFINAL, each padded to a byte; then the empty stored block at the end of 7.2.3.4. */
function finals(count: number, message: string): Uint8Array {
  return Uint8Array.from(
    Buffer.concat([...Array.from({ length: count }, () => deflateRawSync(message)), Buffer.from([0])]),
  );
}

const on = (test: FrameCase, deflate: CaseDeflate = {}): FrameCase => ({ ...test, deflate });

function reads(
  section: string,
  name: string,
  frames: readonly InFrame[],
  packets: readonly (string | Uint8Array)[],
  answers: readonly OutFrame[] = [],
  settings: CaseSettings = {},
): FrameCase {
  return on(delivers(section, name, frames, packets, answers, settings));
}

const ALONE: CaseDeflate = { serverNoContextTakeover: true, clientNoContextTakeover: true };

const examples: FrameCase[] = [
  reads('RFC 7692 7.2.3.1', 'Hello in one block', [packed(TEXT, HELLO)], ['Hello']),
  reads('RFC 7692 7.2.3.1', 'Hello in one block, binary', [packed(BINARY, HELLO)], [unhex('48656c6c6f')]),
  ...[1, 2, 3, 4, 5, 6].map((at) =>
    reads(
      'RFC 7692 7.2.3.1',
      `Hello in one block and two frames, cut after byte ${at}`,
      [
        packed(TEXT, unhex(HELLO).subarray(0, at), { fin: false }),
        { opcode: CONTINUATION, payload: unhex(HELLO).subarray(at) },
      ],
      ['Hello'],
    ),
  ),
  reads(
    'RFC 7692 7.2.3.1',
    'Hello, every byte in a frame of its own, a Ping and an empty frame behind each',
    [
      packed(TEXT, '', { fin: false }),
      ...Array.from(unhex(HELLO), (byte): InFrame[] => [
        { opcode: CONTINUATION, payload: Uint8Array.of(byte), fin: false },
        { opcode: PING, payload: Uint8Array.of(byte) },
        { opcode: CONTINUATION, fin: false },
      ]).flat(),
      { opcode: CONTINUATION },
    ],
    ['Hello'],
    Array.from(unhex(HELLO), (byte) => ({ opcode: PONG, payload: Uint8Array.of(byte) })),
  ),
  reads(
    'RFC 7692 7.2.3.2',
    'Hello, and Hello again by reference',
    [packed(TEXT, HELLO), packed(TEXT, 'f2 00 11 00 00')],
    ['Hello', 'Hello'],
  ),
  reads(
    'RFC 7692 7.2.3.2',
    'Hello, and Hello again by reference five times, plain messages and Pings between',
    [
      packed(TEXT, HELLO),
      ...Array.from({ length: 5 }, (_, at): InFrame[] => [
        { opcode: TEXT, payload: `plain ${at}` },
        { opcode: PING, payload: `${at}` },
        packed(TEXT, 'f2 00 11 00 00'),
      ]).flat(),
    ],
    ['Hello', ...Array.from({ length: 5 }, (_, at) => [`plain ${at}`, 'Hello']).flat()],
    Array.from({ length: 5 }, (_, at) => ({ opcode: PONG, payload: `${at}` })),
  ),
  reads(
    'RFC 7692 7.2.3.2',
    'the reference in two frames, and in a binary message',
    [
      packed(TEXT, HELLO),
      packed(TEXT, 'f2 00', { fin: false }),
      { opcode: CONTINUATION, payload: unhex('11 00 00') },
      packed(BINARY, 'f2 00 11 00 00'),
    ],
    ['Hello', 'Hello', unhex('48656c6c6f')],
  ),
  on(
    delivers(
      'RFC 7692 7.1.1',
      'without context takeover every message stands by itself',
      [packed(TEXT, HELLO), packed(TEXT, HELLO), packed(BINARY, HELLO)],
      ['Hello', 'Hello', unhex('48656c6c6f')],
    ),
    ALONE,
  ),
  on(
    fails(
      'RFC 7692 7.1.1',
      'without context takeover a reference to the message before is broken data',
      [packed(TEXT, HELLO), packed(TEXT, 'f2 00 11 00 00')],
      1007,
      'TICKPEER_INVALID_COMPRESSION',
      ['Hello'],
    ),
    ALONE,
  ),
  reads('RFC 7692 7.2.3.3', 'Hello in a stored block', [packed(TEXT, '00 05 00 fa ff 48 65 6c 6c 6f 00')], ['Hello']),
  reads(
    'RFC 7692 7.2.3.3',
    'a stored block is part of the window',
    [packed(TEXT, '00 05 00 fa ff 48 65 6c 6c 6f 00'), packed(TEXT, 'f2 00 11 00 00')],
    ['Hello', 'Hello'],
  ),
  ...[1, 100, 16_384, 60_000].map((size) =>
    reads(
      'RFC 7692 7.2.3.3',
      `${size} bytes in stored blocks`,
      [packed(BINARY, deflated(patternBytes(size), 0))],
      [patternBytes(size)],
    ),
  ),
  reads('RFC 7692 7.2.3.4', 'Hello in a block with BFINAL', [packed(TEXT, 'f3 48 cd c9 c9 07 00 00')], ['Hello']),
  reads(
    'RFC 7692 7.2.3.4',
    'three messages in blocks with BFINAL',
    [1, 2, 3].map(() => packed(TEXT, 'f3 48 cd c9 c9 07 00 00')),
    ['Hello', 'Hello', 'Hello'],
  ),
  on(
    delivers(
      'RFC 7692 7.2.3.4',
      'three messages in blocks with BFINAL, without context takeover',
      [1, 2, 3].map(() => packed(TEXT, 'f3 48 cd c9 c9 07 00 00')),
      ['Hello', 'Hello', 'Hello'],
    ),
    ALONE,
  ),
  reads(
    'RFC 7692 7.2.3.4',
    'a block with BFINAL, then one without',
    [packed(TEXT, 'f3 48 cd c9 c9 07 00 00'), packed(TEXT, HELLO)],
    ['Hello', 'Hello'],
  ),
  reads(
    'RFC 7692 7.2.3.4',
    'a reference to a message that was in a block with BFINAL',
    [packed(TEXT, 'f3 48 cd c9 c9 07 00 00'), packed(TEXT, 'f2 00 11 00 00')],
    ['Hello', 'Hello'],
  ),
  reads('RFC 7692 7.2.3.5', 'Hello in two blocks', [packed(TEXT, 'f2 48 05 00 00 00 ff ff ca c9 c9 07 00')], ['Hello']),
  ...[3, 4, 6, 8, 10].map((at) =>
    reads(
      'RFC 7692 7.2.3.5',
      `Hello in two blocks and two frames, cut after byte ${at}`,
      [
        packed(TEXT, unhex('f2 48 05 00 00 00 ff ff ca c9 c9 07 00').subarray(0, at), { fin: false }),
        { opcode: CONTINUATION, payload: unhex('f2 48 05 00 00 00 ff ff ca c9 c9 07 00').subarray(at) },
      ],
      ['Hello'],
    ),
  ),
  // RFC 7692 7.2.1: blocks with BFINAL may be followed by others in the same message, after padding to a byte.
  reads(
    'RFC 7692 7.2.1',
    'a block with BFINAL and another behind it, in one message',
    [packed(TEXT, 'f3 48 05 00 ca c9 c9 07 00')],
    ['Hello'],
  ),
  on(
    delivers(
      'RFC 7692 7.2.1',
      'a block with BFINAL and another behind it, without context takeover',
      [packed(TEXT, 'f3 48 05 00 ca c9 c9 07 00')],
      ['Hello'],
    ),
    ALONE,
  ),
  ...[2, 5].flatMap((count) => [
    reads(
      'RFC 7692 7.2.1',
      `${count} blocks with BFINAL in one message, then a message that refers to it`,
      [packed(TEXT, finals(count, 'Hello')), packed(TEXT, 'f2 00 11 00 00')],
      ['Hello'.repeat(count), 'Hello'],
    ),
    on(
      delivers(
        'RFC 7692 7.2.1',
        `${count} blocks with BFINAL in each of two messages, without context takeover`,
        [packed(TEXT, finals(count, 'Hello')), packed(BINARY, finals(count, 'abc'))],
        ['Hello'.repeat(count), payloadBytes('abc'.repeat(count))],
      ),
      ALONE,
    ),
    reads(
      'RFC 7692 8',
      `${count} blocks with BFINAL that make exactly the limit`,
      [packed(TEXT, finals(count, 'x'.repeat(10_000)))],
      ['x'.repeat(10_000 * count)],
      [],
      { inboundBufferSize: 10_000 * count },
    ),
    ...tooBig(`${count} blocks with BFINAL that are together one byte above the limit`, 10_000 * count - 1, [
      packed(TEXT, finals(count, 'x'.repeat(10_000))),
    ]),
  ]),
  reads(
    'RFC 7692 7.2.3.6',
    'an empty message: an empty stored block',
    [packed(TEXT, '00'), packed(BINARY, '00')],
    ['', new Uint8Array(0)],
  ),
  reads('RFC 7692 7.2.3.6', 'an empty message: an empty block of fixed codes', [packed(TEXT, '02 00')], ['']),
  reads(
    'RFC 7692 7.2.3.6',
    'empty messages before and between others, and the context stays',
    [
      packed(TEXT, '00'),
      packed(TEXT, HELLO),
      packed(TEXT, '00'),
      { opcode: TEXT },
      packed(TEXT, 'f2 00 11 00 00'),
      packed(BINARY, '02 00'),
    ],
    ['', 'Hello', '', '', 'Hello', new Uint8Array(0)],
  ),
];

const manyFlushes = Buffer.concat(
  Array.from({ length: 20 }, (_, at) => {
    const bytes = deflateRawSync(`part ${at}; `, { finishFlush: constants.Z_SYNC_FLUSH });
    return at === 19 ? bytes.subarray(0, -4) : bytes;
  }),
);

const blocks: FrameCase[] = [
  ...[1, 6, 9].map((level) =>
    reads(
      'RFC 7692 7.2.2',
      `40,000 bytes of text in blocks of dynamic codes, level ${level}`,
      [packed(TEXT, deflated(patternText(40_000), level))],
      [patternText(40_000)],
    ),
  ),
  reads(
    'RFC 7692 7.2.2',
    'a message flushed twenty times on its way',
    [packed(TEXT, Uint8Array.from(manyFlushes))],
    [Array.from({ length: 20 }, (_, at) => `part ${at}; `).join('')],
  ),
  reads(
    'RFC 7692 7.2.2',
    'a plain message on a connection with compression',
    [{ opcode: TEXT, payload: 'plain' }],
    ['plain'],
  ),
  reads(
    'RFC 7692 6.2',
    'plain and compressed messages, whole and fragmented, by turns',
    [
      { opcode: TEXT, payload: 'a', fin: false },
      { opcode: CONTINUATION, payload: 'b' },
      packed(TEXT, HELLO),
      { opcode: BINARY, payload: unhex('01') },
      packed(TEXT, unhex(HELLO).subarray(0, 3), { fin: false }),
      { opcode: CONTINUATION, payload: unhex(HELLO).subarray(3) },
      { opcode: TEXT, payload: 'c' },
    ],
    ['ab', 'Hello', unhex('01'), 'Hello', 'c'],
  ),
];

const rsv1: FrameCase[] = [
  ...[PING, PONG, CLOSE].map((opcode) =>
    on(
      breaks('RFC 7692 6.1', `RSV1 on a control frame, opcode ${opcode}`, [
        packed(opcode, opcode === CLOSE ? closeFrame(1000).payload : unhex(HELLO)),
      ]),
    ),
  ),
  ...[true, false].map((isPacked) =>
    on(
      breaks('RFC 7692 6.1', `RSV1 on a continuation of a ${isPacked ? 'compressed' : 'plain'} message`, [
        isPacked ? packed(TEXT, 'f2 48', { fin: false }) : { opcode: TEXT, payload: 'a', fin: false },
        packed(CONTINUATION, 'cd c9 c9 07 00'),
      ]),
    ),
  ),
  ...[0x10, 0x20, 0x30, 0x50, 0x60, 0x70].flatMap((rsv) =>
    [TEXT, BINARY].map((opcode) =>
      on(
        breaks('RFC 7692 6.1', `reserved bits 0x${rsv.toString(16)} on opcode ${opcode}: only RSV1 has a meaning`, [
          { opcode, rsv, payload: unhex(HELLO) },
        ]),
      ),
    ),
  ),
  ...[TEXT, BINARY].map((opcode) =>
    breaks('RFC 7692 6.1', `RSV1 on opcode ${opcode} where nothing was agreed on`, [packed(opcode, HELLO)]),
  ),
  on(breaks('RFC 7692 6.1', 'RSV1 on a reserved opcode', [packed(TEXT, HELLO), packed(3, HELLO)], ['Hello'])),
];

const corrupt = (name: string, frames: readonly InFrame[], packets: readonly string[] = []): FrameCase[] => [
  on(fails('RFC 7692 7.2.2', name, frames, 1007, 'TICKPEER_INVALID_COMPRESSION', packets)),
  on(
    fails('RFC 7692 7.2.2', `${name}; without context takeover`, frames, 1007, 'TICKPEER_INVALID_COMPRESSION', packets),
    ALONE,
  ),
];

const broken: FrameCase[] = [
  ...corrupt('broken: the reserved block type', [packed(TEXT, '06 00 00')]),
  ...corrupt('broken: the reserved block type, with BFINAL', [packed(BINARY, '07 00')]),
  ...corrupt('broken: a stored block whose lengths do not agree', [packed(TEXT, '00 05 00 00 00 48 65 6c 6c 6f 00')]),
  ...corrupt('broken: a reference before the beginning', [packed(TEXT, 'f2 00 11 00 00')]),
  ...corrupt('broken: too many length codes', [packed(TEXT, 'fc ff ff ff ff')]),
  ...corrupt('broken: codes that cannot be told apart', [packed(TEXT, '04 00 fe ff ff ff ff')]),
  ...corrupt('broken: all bits set', [packed(BINARY, 'ff ff ff ff ff ff')]),
  ...corrupt('broken: plain text with RSV1', [packed(TEXT, Buffer.from('This was never compressed.'))]),
  ...corrupt(
    'broken in its second block, and what is behind it is ignored',
    [{ opcode: TEXT, payload: 'before' }, packed(TEXT, 'f2 48 05 00 00 00 ff ff 06 00'), packed(TEXT, HELLO)],
    ['before'],
  ),
  ...corrupt('broken in its second frame', [
    packed(TEXT, 'f2 48 05 00 00 00 ff ff', { fin: false }),
    { opcode: PONG },
    { opcode: CONTINUATION, payload: unhex('06 00') },
  ]),
  ...['ff', 'c3', 'e282', 'eda080', 'f4908080', '61c0af'].map((hex) =>
    on(
      fails(
        'RFC 6455 8.1',
        `a compressed text that is not UTF-8: ${hex}`,
        [packed(TEXT, deflated(unhex(hex)))],
        1007,
        'TICKPEER_INVALID_UTF8',
      ),
    ),
  ),
  reads(
    'RFC 6455 8.1',
    'a compressed binary message may be anything',
    [packed(BINARY, deflated(unhex('ffc3e282')))],
    [unhex('ffc3e282')],
  ),
];

function tooBig(name: string, limit: number, frames: readonly InFrame[], packets: readonly string[] = []): FrameCase[] {
  const test = fails('RFC 7692 8', name, frames, 1009, 'TICKPEER_MESSAGE_TOO_BIG', packets);
  return [
    on({ ...test, settings: { inboundBufferSize: limit } }),
    on({ ...test, name: `${name}; without context takeover`, settings: { inboundBufferSize: limit } }, ALONE),
  ];
}

const random = randomOf('incompressible');
const noise = Uint8Array.from({ length: 65_535 }, () => Math.floor(random() * 256));

const limits: FrameCase[] = [
  ...[1, 100, 1000, 65_535].flatMap((limit) => [
    reads(
      'RFC 7692 8',
      `inflated, a message has exactly the limit, ${limit}`,
      [packed(TEXT, deflated('x'.repeat(limit)))],
      ['x'.repeat(limit)],
      [],
      { inboundBufferSize: limit },
    ),
    ...tooBig(`inflated, a message is one byte above the limit, ${limit}`, limit, [
      packed(TEXT, deflated('x'.repeat(limit + 1))),
    ]),
  ]),
  ...tooBig('a bomb: 10 MiB of zeros in 10 KiB', 65_535, [packed(BINARY, deflated(new Uint8Array(10 << 20)))]),
  ...tooBig(
    'a bomb in ten frames, behind a message',
    65_535,
    [
      packed(TEXT, HELLO),
      ...Array.from({ length: 10 }, (_, at): InFrame => {
        const bomb = deflated(new Uint8Array(10 << 20));
        const size = Math.ceil(bomb.length / 10);
        const payload = bomb.subarray(at * size, (at + 1) * size);
        return at === 0 ? packed(BINARY, payload, { fin: false }) : { opcode: CONTINUATION, payload, fin: at === 9 };
      }),
    ],
    ['Hello'],
  ),
  reads(
    'RFC 7692 8',
    'a message that does not compress, of exactly the limit: longer on the wire',
    [packed(BINARY, deflated(noise))],
    [noise],
  ),
  ...[1, 3].map((maxQueuedPackets) =>
    reads(
      'RFC 7692 8',
      `compressed messages through a queue of ${maxQueuedPackets} and 100 bytes: none is lost`,
      Array.from({ length: 12 }, (_, at): InFrame[] => [
        packed(TEXT, deflated(`${at} `.repeat(12))),
        { opcode: PING, payload: `${at}` },
        { opcode: TEXT, payload: `plain ${at}` },
      ]).flat(),
      Array.from({ length: 12 }, (_, at) => [`${at} `.repeat(12), `plain ${at}`]).flat(),
      Array.from({ length: 12 }, (_, at) => ({ opcode: PONG, payload: `${at}` })),
      { maxQueuedPackets, inboundBufferSize: 100 },
    ),
  ),
  on({
    section: 'RFC 7692 8',
    name: 'a Close behind compressed messages and a full queue takes effect after them',
    settings: { maxQueuedPackets: 1 },
    steps: [{ receive: [packed(TEXT, HELLO), packed(TEXT, HELLO), packed(TEXT, HELLO), closeFrame(1000)] }],
    packets: ['Hello', 'Hello', 'Hello'],
    answers: [closeFrame(1000)],
    ending: { code: 1000 },
  }),
  on(
    {
      section: 'RFC 7692 6.1',
      name: 'messages below the threshold leave as they are',
      steps: [{ send: 'x'.repeat(99) }, { send: '' }],
      packets: [],
      answers: [{ opcode: TEXT, payload: 'x'.repeat(99) }, { opcode: TEXT }],
      ending: 'open',
    },
    { threshold: 100 },
  ),
];

export const deflateBlockCases: readonly FrameCase[] = [...examples, ...blocks, ...rsv1, ...broken, ...limits];
