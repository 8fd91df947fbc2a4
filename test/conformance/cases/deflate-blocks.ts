import { Buffer } from 'node:buffer';
import { constants, deflateRawSync } from 'node:zlib';
import { patternBytes, patternText } from '../../support/payloads.ts';
import { breaks, delivers, type FrameCase, fails } from '../case.ts';
import {
  BINARY,
  CLOSE,
  CONTINUATION,
  closeFrame,
  type InFrame,
  PING,
  PONG,
  payloadBytes,
  TEXT,
  unhex,
} from '../wire.ts';
import { ALONE, deflated, finals, HELLO, on, packed, reads, tooBig } from './deflate-frames.ts';

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

export const deflateBlockCases: readonly FrameCase[] = [...examples, ...blocks, ...rsv1];
