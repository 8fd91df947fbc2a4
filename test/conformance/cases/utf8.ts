import { Buffer } from 'node:buffer';
import { delivers, type FrameCase, fails } from '../case.ts';
import { BINARY, CONTINUATION, closeFrame, type InFrame, PING, PONG, TEXT, unhex } from '../wire.ts';

const SECTION = 'RFC 6455 8.1';

const VALID: readonly (readonly [name: string, hex: string])[] = [
  ['the first and the last of one byte', '00 7f'],
  ['the first and the last of two bytes', 'c280 dfbf'],
  ['the first and the last of three bytes', 'e0a080 efbfbf'],
  ['the first and the last of four bytes', 'f0908080 f48fbfbf'],
  ['the borders of the surrogates', 'ed9fbf ee8080'],
  ['every first byte of two', Array.from({ length: 30 }, (_, at) => `${(0xc2 + at).toString(16)}a5`).join(' ')],
  [
    'every first byte of three',
    Array.from({ length: 16 }, (_, at) => `e${at.toString(16)}${at === 13 ? '85' : 'a5'}80`).join(' '),
  ],
  ['every first byte of four', 'f0a08080 f1a08080 f2a08080 f3a08080 f48fbfbe'],
  ['a byte order mark is kept', 'efbbbf 61'],
  ['noncharacters', 'efbfbe efbfbf efb790 f09fbfbe f09fbfbf f48fbfbe'],
  ['the replacement character', 'efbfbd'],
  ['Greek, combining marks, emoji with a joiner', 'cebae1bdb9cf83cebcceb5 65cc81 f09f91a9e2808df09f9abe'],
  ['NUL and control characters', '00 01 1f 7f c280 c29f'],
];

/** `bad`: the number of bytes after which no continuation is valid; Infinity: only the end of the message shows it. */
const INVALID: readonly (readonly [name: string, hex: string, bad: number])[] = [
  ['a lone continuation 80', '80', 1],
  ['a lone continuation bf', 'bf', 1],
  ['all sixty-four continuations', Array.from({ length: 64 }, (_, at) => (0x80 + at).toString(16)).join(''), 1],
  ['c0 80, an overlong NUL', 'c080', 1],
  ['c1 bf, overlong', 'c1bf', 1],
  ['e0 80 80, overlong', 'e08080', 2],
  ['e0 9f bf, overlong', 'e09fbf', 2],
  ['f0 80 80 80, overlong', 'f0808080', 2],
  ['f0 8f bf bf, overlong', 'f08fbfbf', 2],
  ['f8 88 80 80 80, five bytes', 'f888808080', 1],
  ['fc 84 80 80 80 80, six bytes', 'fc8480808080', 1],
  ['ed a0 80, the first surrogate', 'eda080', 2],
  ['ed ad bf, a high surrogate', 'edadbf', 2],
  ['ed ae 80, a high surrogate', 'edae80', 2],
  ['ed b0 80, a low surrogate', 'edb080', 2],
  ['ed bf bf, the last surrogate', 'edbfbf', 2],
  ['ed a0 80 ed b0 80, a pair of surrogates', 'eda080edb080', 2],
  ['f4 90 80 80, above U+10FFFF', 'f4908080', 2],
  ['f5 80 80 80, above U+10FFFF', 'f5808080', 1],
  ['f7 bf bf bf, above U+10FFFF', 'f7bfbfbf', 1],
  ['fe', 'fe', 1],
  ['ff', 'ff', 1],
  ['fe fe ff ff', 'fefeffff', 1],
  ['c2 without its continuation, then ASCII', 'c241', 2],
  ['c2 c2', 'c2c2', 2],
  ['e1 80 without its last, then ASCII', 'e18041', 3],
  ['e1 41 80', 'e14180', 2],
  ['f1 80 80 without its last, then ASCII', 'f1808041', 4],
  ['f1 80 41 80', 'f1804180', 3],
  ['f1 41 80 80', 'f1418080', 2],
  ['a whole code point and a continuation too many', 'e282ac80', 4],
  ['df and the end', 'df', Number.POSITIVE_INFINITY],
  ['e2 and the end', 'e2', Number.POSITIVE_INFINITY],
  ['e2 82 and the end', 'e282', Number.POSITIVE_INFINITY],
  ['f0 and the end', 'f0', Number.POSITIVE_INFINITY],
  ['f0 9f and the end', 'f09f', Number.POSITIVE_INFINITY],
  ['f0 9f 98 and the end', 'f09f98', Number.POSITIVE_INFINITY],
];

const code = 1007;
const failure = 'TICKPEER_INVALID_UTF8';
const invalid = (name: string, frames: readonly InFrame[], more: { cut?: number } = {}): FrameCase =>
  fails(SECTION, name, frames, code, failure, [], more);

/** Every byte in a frame of its own. */
function byteFrames(bytes: Uint8Array): InFrame[] {
  return Array.from(bytes, (byte, at) => ({
    opcode: at === 0 ? TEXT : CONTINUATION,
    payload: Uint8Array.of(byte),
    fin: at === bytes.length - 1,
  }));
}

const valid: FrameCase[] = VALID.flatMap(([name, hex]) => {
  const payload = unhex(hex);
  const text = `${Buffer.from(payload)}`;
  return [
    delivers(SECTION, `${name}, in one frame`, [{ opcode: TEXT, payload }], [text]),
    delivers(SECTION, `${name}, every byte in a frame of its own`, byteFrames(payload), [text]),
  ];
});

const broken: FrameCase[] = INVALID.flatMap(([name, hex, bad]) => {
  const payload = unhex(hex);
  const around = Uint8Array.from([...Buffer.from('ok é '), ...payload]);
  return [
    invalid(`${name}, in one frame`, [{ opcode: TEXT, payload }]),
    invalid(`${name}, behind valid text, in one frame`, [{ opcode: TEXT, payload: around }]),
    invalid(`${name}, every byte in a frame of its own`, byteFrames(around)),
    // Fail-fast: the bad byte is the last that is sent.
    ...(bad < Number.POSITIVE_INFINITY
      ? [
          invalid(
            `${name}, and the rest of the frame never comes`,
            [{ opcode: TEXT, payload: Uint8Array.from([...payload, ...Buffer.alloc(50, 0x61)]) }],
            {
              cut: 50 + payload.length - bad,
            },
          ),
          invalid(`${name}, and the message never ends`, [
            { opcode: TEXT, payload: 'valid ', fin: false },
            { opcode: CONTINUATION, payload: payload.subarray(0, bad), fin: false },
          ]),
        ]
      : []),
  ];
});

/** One character of each length, ten bytes: every border between two of them, and every place for a bad byte. */
const MIXED = unhex('61 c3a9 e282ac f09f9880');
const MIXED_TEXT = 'aé€😀';

const positions: FrameCase[] = Array.from(MIXED, (_, at) => [
  ...[0xff, 0xc0, 0x80].map((byte) => {
    const payload = MIXED.slice();
    // 80 is valid in place of a continuation byte, where a letter is not.
    payload[at] = byte === 0x80 && (MIXED[at]! & 0xc0) === 0x80 ? 0x61 : byte;
    return invalid(`byte ${at} of ten replaced by ${payload[at]?.toString(16)}`, [{ opcode: TEXT, payload }]);
  }),
  ...(at === 0
    ? []
    : [
        delivers(
          SECTION,
          `a text in two frames, the border after byte ${at} of ten`,
          [
            { opcode: TEXT, payload: MIXED.subarray(0, at), fin: false },
            { opcode: CONTINUATION, payload: MIXED.subarray(at) },
          ],
          [MIXED_TEXT],
        ),
        delivers(
          SECTION,
          `a text in two frames, the border after byte ${at} of ten, an empty frame and a Ping between them`,
          [
            { opcode: TEXT, payload: MIXED.subarray(0, at), fin: false },
            { opcode: PING, payload: unhex('ff') },
            { opcode: CONTINUATION, fin: false },
            { opcode: CONTINUATION, payload: MIXED.subarray(at) },
          ],
          [MIXED_TEXT],
          [{ opcode: PONG, payload: unhex('ff') }],
        ),
      ]),
]).flat();

const others: FrameCase[] = [
  ...INVALID.slice(0, 6).map(([name, hex]) =>
    delivers('RFC 6455 5.6', `binary may hold it: ${name}`, [{ opcode: BINARY, payload: unhex(hex) }], [unhex(hex)]),
  ),
  fails(
    SECTION,
    'texts before it are delivered, those behind it are not',
    [
      { opcode: TEXT, payload: 'before' },
      { opcode: TEXT, payload: unhex('ff') },
      { opcode: TEXT, payload: 'behind' },
    ],
    code,
    failure,
    ['before'],
  ),
  delivers(
    SECTION,
    'a text that ends inside a code point does not leak into the next message',
    [
      { opcode: BINARY, payload: unhex('e282') },
      { opcode: TEXT, payload: '€' },
    ],
    [unhex('e282'), '€'],
  ),
  invalid('a code point begun in one frame is not finished in the last, empty one', [
    { opcode: TEXT, payload: unhex('e282'), fin: false },
    { opcode: CONTINUATION },
  ]),
  delivers(
    SECTION,
    '60,000 bytes of four-byte characters',
    [{ opcode: TEXT, payload: '😀'.repeat(15_000) }],
    ['😀'.repeat(15_000)],
  ),
  invalid('a bad byte at the end of 60,000', [
    { opcode: TEXT, payload: Uint8Array.from([...Buffer.alloc(59_999, 0x61), 0xff]) },
  ]),
];

/** RFC 6455 5.5.1: the reason of a Close is UTF-8 as well. */
const reasons: FrameCase[] = [
  ...VALID.map(([name, hex]): FrameCase => {
    const payload = closeFrame(1000, unhex(hex).subarray(0, 123)).payload;
    const isCut = unhex(hex).length > 123;
    return {
      section: 'RFC 6455 5.5.1',
      name: `a reason: ${name}${isCut ? ', cut' : ''}`,
      steps: [{ receive: [{ opcode: 8, payload }] }],
      packets: [],
      answers: [{ opcode: 8, payload }],
      ending: { code: 1000, reason: `${Buffer.from(payload.subarray(2))}` },
    };
  }),
  ...INVALID.map(([name, hex]) =>
    fails('RFC 6455 5.5.1', `a reason that is not UTF-8: ${name}`, [closeFrame(1000, unhex(hex))], code, failure),
  ),
];

export const utf8Cases: readonly FrameCase[] = [...valid, ...broken, ...positions, ...others, ...reasons];
