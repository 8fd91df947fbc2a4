import { patternBytes } from '../../support/payloads.ts';
import { breaks, delivers, type FrameCase } from '../case.ts';
import { BINARY, CLOSE, CONTINUATION, type InFrame, PING, PONG, TEXT, unhex } from '../wire.ts';

const SIZES = [0, 1, 2, 4, 64, 124, 125];

const pings: FrameCase[] = [
  ...SIZES.map((size) =>
    delivers(
      'RFC 6455 5.5.2',
      `a Ping of ${size} bytes is answered with the same`,
      [{ opcode: PING, payload: patternBytes(size) }],
      [],
      [{ opcode: PONG, payload: patternBytes(size) }],
    ),
  ),
  delivers(
    'RFC 6455 5.5.2',
    'a Ping whose payload is not UTF-8',
    [{ opcode: PING, payload: unhex('00ff fe fd fc fb 00 ff') }],
    [],
    [{ opcode: PONG, payload: unhex('00ff fe fd fc fb 00 ff') }],
  ),
  delivers(
    'RFC 6455 5.5.2',
    'ten Pings are answered in their order',
    Array.from({ length: 10 }, (_, at) => ({ opcode: PING, payload: `ping ${at}` })),
    [],
    Array.from({ length: 10 }, (_, at) => ({ opcode: PONG, payload: `ping ${at}` })),
  ),
  delivers(
    'RFC 6455 5.5.2',
    'Pings among messages',
    [
      { opcode: PING, payload: '1' },
      { opcode: TEXT, payload: 'a' },
      { opcode: PING, payload: '2' },
      { opcode: BINARY, payload: unhex('01') },
      { opcode: PING, payload: '3' },
    ],
    ['a', unhex('01')],
    ['1', '2', '3'].map((payload) => ({ opcode: PONG, payload })),
  ),
  delivers(
    'RFC 6455 5.4',
    'a Ping between the fragments of a message is answered at once',
    [
      { opcode: TEXT, payload: 'a', fin: false },
      { opcode: PING, payload: 'in between' },
      { opcode: CONTINUATION, payload: 'b' },
    ],
    ['ab'],
    [{ opcode: PONG, payload: 'in between' }],
  ),
  {
    ...delivers(
      'RFC 6455 5.4',
      'a Ping is answered although the message around it never ends',
      [
        { opcode: TEXT, payload: 'a', fin: false },
        { opcode: PING, payload: 'alive?' },
        { opcode: CONTINUATION, payload: 'b', fin: false },
      ],
      [],
      [{ opcode: PONG, payload: 'alive?' }],
    ),
  },
];

const pongs: FrameCase[] = [
  ...SIZES.map((size) =>
    delivers(
      'RFC 6455 5.5.3',
      `a Pong of ${size} bytes that nobody asked for`,
      [{ opcode: PONG, payload: patternBytes(size) }],
      [],
    ),
  ),
  delivers(
    'RFC 6455 5.5.3',
    'Pongs between fragments, and a Ping after them',
    [
      { opcode: TEXT, payload: 'a', fin: false },
      { opcode: PONG, payload: 'x' },
      { opcode: PONG },
      { opcode: CONTINUATION, payload: 'b' },
      { opcode: PING, payload: 'p' },
    ],
    ['ab'],
    [{ opcode: PONG, payload: 'p' }],
  ),
];

/** "All control frames MUST have a payload length of 125 bytes or less and MUST NOT be fragmented." */
const shapes: FrameCase[] = [PING, PONG, CLOSE].flatMap((opcode) => [
  ...[126, 127, 1000, 65_535, 65_536].map((size) =>
    breaks('RFC 6455 5.5', `opcode ${opcode} with ${size} bytes`, [
      { opcode, payload: opcode === CLOSE ? unhex(`03e8${'78'.repeat(size - 2)}`) : 'x'.repeat(size) },
    ]),
  ),
  breaks(
    'RFC 6455 5.5',
    `opcode ${opcode} announces 126 bytes that never come`,
    [{ opcode, payload: 'x'.repeat(126) }],
    [],
    {
      cut: 126,
    },
  ),
  breaks('RFC 6455 5.5', `opcode ${opcode}, length 5 in 2 bytes`, [{ opcode, payload: 'hello', lengthBytes: 2 }]),
  breaks('RFC 6455 5.5', `opcode ${opcode}, length 5 in 8 bytes`, [{ opcode, payload: 'hello', lengthBytes: 8 }]),
  breaks('RFC 6455 5.5', `opcode ${opcode} announces 2^62 bytes`, [{ opcode, claims: 1n << 62n }]),
  breaks('RFC 6455 5.5', `opcode ${opcode} without FIN`, [{ opcode, fin: false }]),
  breaks(
    'RFC 6455 5.5',
    `opcode ${opcode} without FIN, and its continuation`,
    [{ opcode: TEXT, payload: 'before' }, { opcode, fin: false, payload: '' }, { opcode: CONTINUATION }],
    ['before'],
  ),
  breaks('RFC 6455 5.5', `opcode ${opcode} without FIN between fragments`, [
    { opcode: TEXT, payload: 'a', fin: false },
    { opcode, fin: false },
    { opcode: CONTINUATION, payload: 'b' },
  ]),
]);

// ---------------------------------------------------------------- fragmentation

const sizes = [0, 1, 125, 126, 1000, 65_535];

function inPieces(opcode: number, bytes: Uint8Array, size: number): InFrame[] {
  const count = Math.max(1, Math.ceil(bytes.length / size));
  return Array.from({ length: count }, (_, at) => ({
    opcode: at === 0 ? opcode : CONTINUATION,
    payload: bytes.subarray(at * size, (at + 1) * size),
    fin: at === count - 1,
  }));
}

const fragments: FrameCase[] = [
  ...sizes.map((size) =>
    delivers(
      'RFC 6455 5.4',
      `binary of twice ${size} bytes, in two fragments`,
      [
        { opcode: BINARY, payload: patternBytes(size), fin: false },
        { opcode: CONTINUATION, payload: patternBytes(size, 5) },
      ],
      [Uint8Array.from([...patternBytes(size), ...patternBytes(size, 5)])],
      [],
      { inboundBufferSize: 200_000 },
    ),
  ),
  ...[1, 2, 3, 64, 100, 333].map((size) =>
    delivers(
      'RFC 6455 5.4',
      `binary of 1000 bytes in fragments of ${size}`,
      inPieces(BINARY, patternBytes(1000), size),
      [patternBytes(1000)],
    ),
  ),
  ...[2, 3, 10, 100].map((count) =>
    delivers(
      'RFC 6455 5.4',
      `${count} empty fragments are one empty message`,
      Array.from({ length: count }, (_, at) => ({ opcode: at === 0 ? TEXT : CONTINUATION, fin: at === count - 1 })),
      [''],
    ),
  ),
  delivers(
    'RFC 6455 5.4',
    'empty fragments first, in the middle and last',
    [
      { opcode: TEXT, fin: false },
      { opcode: CONTINUATION, payload: 'a', fin: false },
      { opcode: CONTINUATION, fin: false },
      { opcode: CONTINUATION, payload: 'b', fin: false },
      { opcode: CONTINUATION },
      { opcode: TEXT, payload: 'next' },
    ],
    ['ab', 'next'],
  ),
  delivers(
    'RFC 6455 5.4',
    'fragmented and whole messages of both types by turns',
    Array.from({ length: 8 }, (_, at): InFrame[] => [
      ...inPieces(at % 2 === 0 ? TEXT : BINARY, unhex('616263'), 1),
      { opcode: at % 2 === 0 ? BINARY : TEXT, payload: 'whole' },
    ]).flat(),
    Array.from({ length: 8 }, (_, at) =>
      at % 2 === 0 ? ['abc', unhex('77686f6c65')] : [unhex('616263'), 'whole'],
    ).flat(),
  ),
  delivers(
    'RFC 6455 5.4',
    'a Ping, a Pong and a Ping between every two of ten fragments',
    Array.from({ length: 10 }, (_, at): InFrame[] => [
      { opcode: at === 0 ? TEXT : CONTINUATION, payload: `${at}`, fin: at === 9 },
      { opcode: PING, payload: `p${at}` },
      { opcode: PONG, payload: 'unasked' },
      { opcode: PING, payload: `q${at}` },
    ]).flat(),
    ['0123456789'],
    Array.from({ length: 10 }, (_, at) => [
      { opcode: PONG, payload: `p${at}` },
      { opcode: PONG, payload: `q${at}` },
    ]).flat(),
  ),
  ...[1, 2, 125, 126, 999, 1000, 1001].map(
    (fragmentSize): FrameCase => ({
      section: 'RFC 6455 5.4',
      name: `we send 1000 bytes of text and binary in fragments of ${fragmentSize}`,
      settings: { fragmentSize },
      steps: [{ send: 'x'.repeat(1000) }, { send: patternBytes(1000) }],
      packets: [],
      answers: [
        ...inPieces(TEXT, unhex('78'.repeat(1000)), fragmentSize),
        ...inPieces(BINARY, patternBytes(1000), fragmentSize),
      ],
      ending: 'open',
    }),
  ),
];

const disorder: FrameCase[] = [
  ...[true, false].flatMap((fin) => [
    breaks('RFC 6455 5.4', `a continuation with nothing to continue, FIN ${fin}`, [
      { opcode: CONTINUATION, payload: 'x', fin },
    ]),
    breaks('RFC 6455 5.4', `an empty continuation with nothing to continue, FIN ${fin}`, [
      { opcode: CONTINUATION, fin },
    ]),
    breaks(
      'RFC 6455 5.4',
      `a continuation after a whole message, FIN ${fin}`,
      [
        { opcode: TEXT, payload: 'whole' },
        { opcode: CONTINUATION, payload: 'x', fin },
      ],
      ['whole'],
    ),
    breaks(
      'RFC 6455 5.4',
      `a continuation after a finished fragmented message, FIN ${fin}`,
      [
        { opcode: TEXT, payload: 'a', fin: false },
        { opcode: CONTINUATION, payload: 'b' },
        { opcode: CONTINUATION, payload: 'c', fin },
      ],
      ['ab'],
    ),
    ...[TEXT, BINARY].flatMap((opcode) =>
      [TEXT, BINARY].map((first) =>
        breaks('RFC 6455 5.4', `opcode ${opcode}, FIN ${fin}, inside a fragmented message of opcode ${first}`, [
          { opcode: first, payload: 'a', fin: false },
          { opcode, payload: 'b', fin },
          { opcode: CONTINUATION, payload: 'c' },
        ]),
      ),
    ),
  ]),
  breaks('RFC 6455 5.4', 'a new message inside a fragmented one, after a Ping', [
    { opcode: TEXT, payload: 'a', fin: false },
    { opcode: PONG },
    { opcode: BINARY, payload: 'b' },
  ]),
  breaks(
    'RFC 6455 5.4',
    'a disorder is found in the header: the payload never comes',
    [{ opcode: CONTINUATION, payload: 'abc' }],
    [],
    {
      cut: 3,
    },
  ),
];

export const controlCases: readonly FrameCase[] = [...pings, ...pongs, ...shapes, ...fragments, ...disorder];
