import { patternBytes, patternText } from '../../support/payloads.ts';
import { breaks, delivers, type FrameCase } from '../case.ts';
import { BINARY, CLOSE, CONTINUATION, closeFrame, type InFrame, PING, PONG, TEXT, unhex } from '../wire.ts';

const LARGE = { inboundBufferSize: 200_000, outboundBufferSize: 200_000 };

/** The lengths at which the header changes its form, and their neighbours. */
const LENGTHS = [0, 1, 2, 7, 64, 124, 125, 126, 127, 128, 255, 256, 65_534, 65_535, 65_536, 65_537, 131_072];

const lengths: FrameCase[] = LENGTHS.flatMap((length) => {
  const text = patternText(length);
  const bytes = patternBytes(length);
  return [
    delivers('RFC 6455 5.2', `text of ${length} bytes`, [{ opcode: TEXT, payload: text }], [text], [], LARGE),
    delivers('RFC 6455 5.2', `binary of ${length} bytes`, [{ opcode: BINARY, payload: bytes }], [bytes], [], LARGE),
    {
      section: 'RFC 6455 5.2',
      name: `we send ${length} bytes of either type`,
      settings: { ...LARGE, outboundBufferSize: 0 },
      steps: [{ send: text }, { send: bytes }],
      packets: [],
      answers: [
        { opcode: TEXT, payload: text },
        { opcode: BINARY, payload: bytes },
      ],
      ending: 'open',
    } satisfies FrameCase,
  ];
});

/** "the minimal number of bytes MUST be used to encode the length" */
const wastefulLengths: FrameCase[] = ([2, 8] as const).flatMap((lengthBytes) =>
  [0, 1, 125, ...(lengthBytes === 8 ? [126, 1000, 65_535] : [])].flatMap((length) =>
    [TEXT, BINARY].map((opcode) =>
      breaks('RFC 6455 5.2', `opcode ${opcode}, length ${length} in ${lengthBytes} bytes`, [
        { opcode, payload: 'x'.repeat(length), lengthBytes },
      ]),
    ),
  ),
);

const topBits: FrameCase[] = [1n << 63n, (1n << 64n) - 1n, (1n << 63n) + 5n].map((claims) =>
  breaks('RFC 6455 5.2', `a 64-bit length with its top bit set: ${claims}`, [
    { opcode: BINARY, claims, payload: 'five!' },
  ]),
);

const several: FrameCase[] = [
  delivers(
    'RFC 6455 5.2',
    'messages of both types and all lengths back to back',
    LENGTHS.map((length, at) => ({
      opcode: at % 2 === 0 ? TEXT : BINARY,
      payload: at % 2 === 0 ? patternText(length) : patternBytes(length),
    })),
    LENGTHS.map((length, at) => (at % 2 === 0 ? patternText(length) : patternBytes(length))),
    [],
    { inboundBufferSize: 1_000_000 },
  ),
  delivers(
    'RFC 6455 5.2',
    '200 empty messages',
    Array.from({ length: 200 }, (_, at) => ({ opcode: at % 2 === 0 ? TEXT : BINARY })),
    Array.from({ length: 200 }, (_, at) => (at % 2 === 0 ? '' : new Uint8Array(0))),
  ),
  delivers(
    'RFC 6455 5.7',
    "the RFC's examples: Hello in one frame and in two, a Ping and its answer, 256 bytes, 64 KiB",
    [
      { opcode: TEXT, payload: 'Hello' },
      { opcode: TEXT, payload: 'Hel', fin: false },
      { opcode: CONTINUATION, payload: 'lo' },
      { opcode: PING, payload: 'Hello' },
      { opcode: BINARY, payload: patternBytes(256) },
      { opcode: BINARY, payload: patternBytes(65_536) },
    ],
    ['Hello', 'Hello', patternBytes(256), patternBytes(65_536)],
    [{ opcode: PONG, payload: 'Hello' }],
    LARGE,
  ),
];

const masks: FrameCase[] = [
  ...[TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG].flatMap((opcode) => {
    const begins: InFrame[] = opcode === CONTINUATION ? [{ opcode: TEXT, payload: 'a', fin: false }] : [];
    return [0, 2, 125].map((length) =>
      breaks('RFC 6455 5.1', `opcode ${opcode}, ${length} bytes: masked by a server, or bare from a client`, [
        ...begins,
        { opcode, payload: opcode === CLOSE && length === 2 ? unhex('03e8') : 'x'.repeat(length), isMaskWrong: true },
      ]),
    );
  }),
  breaks(
    'RFC 6455 5.1',
    'a wrong mask after a message that was right',
    [
      { opcode: TEXT, payload: 'right' },
      { opcode: TEXT, payload: 'wrong', isMaskWrong: true },
    ],
    ['right'],
  ),
];

const keys: FrameCase[] = [
  [0, 0, 0, 0] as const,
  [255, 255, 255, 255] as const,
  [0, 0, 0, 1] as const,
  [0x80, 0, 0, 0] as const,
  [1, 2, 3, 4] as const,
].map((key) =>
  delivers(
    'RFC 6455 5.3',
    `masking key ${key.join('.')}, payloads of 0 to 17 bytes, in one frame and in two`,
    Array.from({ length: 18 }, (_, size): InFrame[] => [
      { opcode: BINARY, payload: patternBytes(size), key },
      { opcode: BINARY, payload: patternBytes(size), key, fin: false },
      { opcode: CONTINUATION, payload: patternBytes(size, 9), key: [key[1], key[2], key[3], key[0]] },
    ]).flat(),
    Array.from({ length: 18 }, (_, size) => [
      patternBytes(size),
      Uint8Array.from([...patternBytes(size), ...patternBytes(size, 9)]),
    ]).flat(),
  ),
);

/** "MUST be 0 unless an extension is negotiated that defines meanings for non-zero values." */
const reservedBits: FrameCase[] = [0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70].flatMap((rsv) =>
  [TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG].map((opcode) =>
    breaks(
      'RFC 6455 5.2',
      `reserved bits 0x${rsv.toString(16)} on opcode ${opcode}`,
      opcode === CONTINUATION
        ? [
            { opcode: TEXT, payload: 'before' },
            { opcode: TEXT, payload: 'a', fin: false },
            { opcode, rsv, payload: 'b' },
          ]
        : [
            { opcode: TEXT, payload: 'before' },
            { opcode, rsv, payload: opcode === CLOSE ? closeFrame(1000).payload : 'x' },
          ],
      ['before'],
    ),
  ),
);

const reservedOpcodes: FrameCase[] = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15].flatMap((opcode) => [
  breaks('RFC 6455 5.2', `the reserved opcode ${opcode}, empty`, [{ opcode }]),
  breaks(
    'RFC 6455 5.2',
    `the reserved opcode ${opcode}, with a payload, after a message`,
    [{ opcode: TEXT, payload: 'before' }, { opcode, payload: 'what' }, { opcode: PING }],
    ['before'],
  ),
  breaks('RFC 6455 5.2', `the reserved opcode ${opcode} in the middle of a message`, [
    { opcode: TEXT, payload: 'a', fin: false },
    { opcode },
    { opcode: CONTINUATION },
  ]),
]);

/** A fault is detected in the first two bytes: the rest of the frame is not sent. */
const early: FrameCase[] = [
  breaks(
    'RFC 6455 5.2',
    'a reserved bit, and the payload never comes',
    [{ opcode: TEXT, rsv: 0x20, payload: 'abc' }],
    [],
    {
      cut: 3,
    },
  ),
  breaks('RFC 6455 5.2', 'a reserved opcode, and the payload never comes', [{ opcode: 5, payload: 'abc' }], [], {
    cut: 3,
  }),
  breaks(
    'RFC 6455 5.1',
    'a wrong mask, and the payload never comes',
    [{ opcode: 2, payload: 'abc', isMaskWrong: true }],
    [],
    {
      cut: 3,
    },
  ),
];

export const framingCases: readonly FrameCase[] = [
  ...lengths,
  ...wastefulLengths,
  ...topBits,
  ...several,
  ...masks,
  ...keys,
  ...reservedBits,
  ...reservedOpcodes,
  ...early,
];
