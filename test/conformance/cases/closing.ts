import { breaks, type FrameCase } from '../case.ts';
import { BINARY, CLOSE, CONTINUATION, closeFrame, PING, PONG, TEXT, unhex } from '../wire.ts';

/** The codes allowed in a Close frame, at the ends of every range: RFC 6455 7.4.1 and 7.4.2, IANA for 1012 to 1014. */
const ALLOWED = [
  1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3001, 3500, 3999, 4000, 4001, 4500,
  4999,
];
const FORBIDDEN = [
  0, 1, 2, 99, 100, 500, 998, 999, 1004, 1005, 1006, 1015, 1016, 1017, 1099, 1100, 1500, 1999, 2000, 2001, 2500, 2998,
  2999, 5000, 5001, 9999, 10_000, 32_767, 32_768, 65_534, 65_535,
];

const theirs: FrameCase[] = ALLOWED.flatMap((code) => [
  {
    section: 'RFC 6455 7.4',
    name: `they close with ${code}: it is echoed`,
    steps: [{ receive: [closeFrame(code)] }],
    packets: [],
    answers: [closeFrame(code)],
    ending: { code },
  },
  {
    section: 'RFC 6455 7.4',
    name: `they close with ${code} and a reason: both are echoed`,
    steps: [{ receive: [closeFrame(code, 'genug für heute')] }],
    packets: [],
    answers: [closeFrame(code, 'genug für heute')],
    ending: { code, reason: 'genug für heute' },
  },
  {
    section: 'RFC 6455 7.1.5',
    name: `we close with 1000, they answer with ${code}: theirs counts`,
    steps: [{ close: 1000 }, { receive: [closeFrame(code, 'mine')] }],
    packets: [],
    answers: [closeFrame(1000)],
    ending: { code, reason: 'mine' },
  },
  {
    section: 'RFC 6455 7.4',
    name: `we close with ${code} and a reason`,
    steps: [
      { close: code, reason: 'auf Wiedersehen – 再见' },
      { receive: [closeFrame(code, 'auf Wiedersehen – 再见')] },
    ],
    packets: [],
    answers: [closeFrame(code, 'auf Wiedersehen – 再见')],
    ending: { code, reason: 'auf Wiedersehen – 再见' },
  },
]);

const forbidden: FrameCase[] = FORBIDDEN.flatMap((code) => [
  breaks('RFC 6455 7.4', `they close with ${code}, which may not be sent`, [closeFrame(code)]),
  breaks('RFC 6455 7.4', `they close with ${code} and a reason`, [closeFrame(code, 'why')]),
  {
    section: 'RFC 6455 7.4',
    name: `we close, they answer with ${code}, which may not be sent`,
    steps: [{ close: 1000 }, { receive: [closeFrame(code)] }],
    packets: [],
    answers: [closeFrame(1000)],
    ending: { failure: 'TICKPEER_PROTOCOL_ERROR', answer: null },
  },
]);

const payloads: FrameCase[] = [
  {
    section: 'RFC 6455 7.1.5',
    name: 'an empty Close reads as 1005 and is answered with an empty one',
    steps: [{ receive: [{ opcode: CLOSE }] }],
    packets: [],
    answers: [{ opcode: CLOSE }],
    ending: { code: 1005 },
  },
  {
    section: 'RFC 6455 7.1.5',
    name: 'we close, they answer with an empty Close: 1005',
    steps: [{ close: 4000, reason: 'ours' }, { receive: [{ opcode: CLOSE }] }],
    packets: [],
    answers: [closeFrame(4000, 'ours')],
    ending: { code: 1005 },
  },
  {
    section: 'RFC 6455 5.5.1',
    name: 'we close without a code, they answer with one',
    steps: [{ close: 1005, reason: 'left out' }, { receive: [closeFrame(1000)] }],
    packets: [],
    answers: [{ opcode: CLOSE }],
    ending: { code: 1000 },
    isConnectionOnly: true,
  },
  ...[0x00, 0x03, 0xff].map((byte) =>
    breaks('RFC 6455 5.5.1', `a Close with one byte, ${byte}, half a code`, [
      { opcode: CLOSE, payload: Uint8Array.of(byte) },
    ]),
  ),
  ...[1, 2, 61, 122, 123].map(
    (size): FrameCase => ({
      section: 'RFC 6455 5.5.1',
      name: `a reason of ${size} bytes`,
      steps: [{ receive: [closeFrame(1000, 'x'.repeat(size))] }],
      packets: [],
      answers: [closeFrame(1000, 'x'.repeat(size))],
      ending: { code: 1000, reason: 'x'.repeat(size) },
    }),
  ),
  breaks('RFC 6455 5.5.1', 'a reason of 124 bytes', [closeFrame(1000, 'x'.repeat(124))]),
  ...(
    [
      ['x'.repeat(123), 'x'.repeat(123)],
      ['x'.repeat(124), 'x'.repeat(123)],
      [`${'x'.repeat(122)}é`, 'x'.repeat(122)],
      [`${'x'.repeat(121)}€`, 'x'.repeat(121)],
      [`${'x'.repeat(120)}😀`, 'x'.repeat(120)],
      ['é'.repeat(100), 'é'.repeat(61)],
      ['😀'.repeat(100), '😀'.repeat(30)],
    ] as const
  ).map(
    ([reason, sent], at): FrameCase => ({
      section: 'RFC 6455 5.5.1',
      name: `our reason of ${new TextEncoder().encode(reason).length} bytes is cut to 123 at a character's border (${at + 1})`,
      steps: [{ close: 1000, reason }, { receive: [closeFrame(1000)] }],
      packets: [],
      answers: [closeFrame(1000, sent)],
      ending: { code: 1000 },
    }),
  ),
];

/** RFC 6455 5.5.1: "If an endpoint receives a Close frame and did not previously send a Close frame, it MUST send one" */
const orders: FrameCase[] = [
  {
    section: 'RFC 6455 1.4',
    name: 'both close at once: neither Close is answered',
    steps: [{ close: 1000, reason: 'ours' }, { receive: [closeFrame(1001, 'theirs')] }],
    packets: [],
    answers: [closeFrame(1000, 'ours')],
    ending: { code: 1001, reason: 'theirs' },
  },
  {
    section: 'RFC 6455 5.5.1',
    name: 'what we sent before leaves before our Close',
    steps: [{ send: 'first' }, { send: unhex('02') }, { close: 1000 }, { receive: [closeFrame(1000)] }],
    packets: [],
    answers: [{ opcode: TEXT, payload: 'first' }, { opcode: BINARY, payload: unhex('02') }, closeFrame(1000)],
    ending: { code: 1000 },
  },
  {
    section: 'RFC 6455 5.5.1',
    name: 'what we sent before leaves before the answer to their Close',
    steps: [{ send: 'first' }, { receive: [closeFrame(1001)] }],
    packets: [],
    answers: [{ opcode: TEXT, payload: 'first' }, closeFrame(1001)],
    ending: { code: 1001 },
  },
  {
    section: 'RFC 6455 5.5.1',
    name: 'a second close() sends nothing',
    steps: [{ close: 1000, reason: 'one' }, { close: 1001, reason: 'two' }, { receive: [closeFrame(1000)] }],
    packets: [],
    answers: [closeFrame(1000, 'one')],
    ending: { code: 1000 },
  },
  {
    section: 'RFC 6455 7.1.2',
    name: 'we close, and no answer has come yet',
    steps: [{ close: 1000 }],
    packets: [],
    answers: [closeFrame(1000)],
    ending: 'closing',
  },
  {
    section: 'RFC 6455 5.5.1',
    name: 'messages that come between our Close and theirs are delivered',
    steps: [
      { close: 1000 },
      {
        receive: [
          { opcode: TEXT, payload: 'late' },
          { opcode: BINARY, payload: unhex('0102'), fin: false },
          { opcode: CONTINUATION, payload: unhex('03') },
          closeFrame(1000),
        ],
      },
    ],
    packets: ['late', unhex('010203')],
    answers: [closeFrame(1000)],
    ending: { code: 1000 },
  },
  {
    section: 'RFC 6455 5.5.2',
    name: 'after our Close a Ping is still answered, until the other Close comes',
    steps: [
      { close: 1000 },
      { receive: [{ opcode: PING, payload: 'p' }, { opcode: PONG }, closeFrame(1000), { opcode: PING, payload: 'q' }] },
    ],
    packets: [],
    answers: [closeFrame(1000), { opcode: PONG, payload: 'p' }],
    ending: { code: 1000 },
  },
  {
    section: 'RFC 6455 7.1.2',
    name: 'after our Close a message that breaks a rule fails the connection without a second Close',
    steps: [{ close: 1000 }, { receive: [{ opcode: TEXT, rsv: 0x20, payload: 'x' }, closeFrame(1000)] }],
    packets: [],
    answers: [closeFrame(1000)],
    ending: { failure: 'TICKPEER_PROTOCOL_ERROR', answer: null },
  },
  {
    section: 'RFC 6455 7.1.2',
    name: 'after our Close a text that is not UTF-8 fails the connection without a second Close',
    steps: [{ close: 1000 }, { receive: [{ opcode: TEXT, payload: unhex('ff') }] }],
    packets: [],
    answers: [closeFrame(1000)],
    ending: { failure: 'TICKPEER_INVALID_UTF8', answer: null },
  },
];

/** Bytes after a Close are ignored. */
const behind: FrameCase[] = (
  [
    ['a message', { opcode: TEXT, payload: 'late' }],
    ['a Ping', { opcode: PING, payload: 'late' }],
    ['a Pong', { opcode: PONG }],
    ['a second Close', closeFrame(1001, 'again')],
    ['a Close with a bad code', closeFrame(1005)],
    ['a frame with reserved bits', { opcode: TEXT, rsv: 0x70, payload: 'x' }],
    ['a reserved opcode', { opcode: 11 }],
    ['a text that is not UTF-8', { opcode: TEXT, payload: unhex('ff') }],
    ['a message above every limit', { opcode: BINARY, claims: 1n << 62n, payload: 'x' }],
    ['a wrong mask', { opcode: TEXT, payload: 'x', isMaskWrong: true }],
    ['a message of 60,000 bytes', { opcode: BINARY, payload: new Uint8Array(60_000) }],
  ] as const
).flatMap(([what, frame]): FrameCase[] => [
  {
    section: 'RFC 6455 5.5.1',
    name: `${what} behind their Close is ignored`,
    steps: [{ receive: [{ opcode: TEXT, payload: 'before' }, closeFrame(1000, 'bye'), frame] }],
    packets: ['before'],
    answers: [closeFrame(1000, 'bye')],
    ending: { code: 1000, reason: 'bye' },
  },
  {
    section: 'RFC 6455 5.5.1',
    name: `${what} behind the answer to our Close is ignored`,
    steps: [{ close: 1000 }, { receive: [closeFrame(1000), frame] }],
    packets: [],
    answers: [closeFrame(1000)],
    ending: { code: 1000 },
  },
  {
    section: 'RFC 6455 7.1.7',
    name: `${what} behind a violation is ignored`,
    steps: [{ receive: [{ opcode: TEXT, payload: 'before' }, { opcode: 3 }, frame] }],
    packets: ['before'],
    answers: [],
    ending: { failure: 'TICKPEER_PROTOCOL_ERROR', answer: 1002 },
  },
]);

const middles: FrameCase[] = [
  {
    section: 'RFC 6455 5.5.1',
    name: 'a Close in the middle of a fragmented message: the message is lost, the closing is clean',
    steps: [{ receive: [{ opcode: TEXT, payload: 'never', fin: false }, closeFrame(1000), { opcode: CONTINUATION }] }],
    packets: [],
    answers: [closeFrame(1000)],
    ending: { code: 1000 },
  },
  {
    section: 'RFC 6455 7.1.1',
    name: 'the stream ends without a Close: what had arrived stays',
    steps: [{ receive: [{ opcode: TEXT, payload: 'last words' }] }, { end: true }],
    packets: ['last words'],
    answers: [],
    ending: { failure: 'TICKPEER_CONNECTION_LOST', answer: null },
  },
  {
    section: 'RFC 6455 7.1.1',
    name: 'the stream ends in the middle of a frame',
    steps: [
      {
        receive: [
          { opcode: TEXT, payload: 'whole' },
          { opcode: TEXT, payload: 'half' },
        ],
        cut: 2,
      },
      { end: true },
    ],
    packets: ['whole'],
    answers: [],
    ending: { failure: 'TICKPEER_CONNECTION_LOST', answer: null },
  },
  {
    section: 'RFC 6455 7.1.1',
    name: 'the stream ends in the middle of a header',
    steps: [{ receive: [{ opcode: BINARY, payload: new Uint8Array(300) }], cut: 301 }, { end: true }],
    packets: [],
    answers: [],
    ending: { failure: 'TICKPEER_CONNECTION_LOST', answer: null },
  },
  {
    section: 'RFC 6455 7.1.1',
    name: 'the stream ends in the middle of a fragmented message',
    steps: [{ receive: [{ opcode: TEXT, payload: 'a', fin: false }] }, { end: true }],
    packets: [],
    answers: [],
    ending: { failure: 'TICKPEER_CONNECTION_LOST', answer: null },
  },
  {
    section: 'RFC 6455 7.1.1',
    name: 'the stream ends in the middle of a Close frame',
    steps: [{ receive: [closeFrame(1000, 'bye')], cut: 1 }, { end: true }],
    packets: [],
    answers: [],
    ending: { failure: 'TICKPEER_CONNECTION_LOST', answer: null },
  },
  {
    section: 'RFC 6455 7.1.1',
    name: 'the stream ends after our Close without an answer',
    steps: [{ close: 1000 }, { end: true }],
    packets: [],
    answers: [closeFrame(1000)],
    ending: { failure: 'TICKPEER_CONNECTION_LOST', answer: null },
  },
  {
    section: 'RFC 6455 7.1.1',
    name: 'the stream ends after a Close: the closing was clean',
    steps: [{ receive: [{ opcode: TEXT, payload: 'last' }, closeFrame(1000)] }, { end: true }],
    packets: ['last'],
    answers: [closeFrame(1000)],
    ending: { code: 1000 },
  },
];

export const closingCases: readonly FrameCase[] = [
  ...theirs,
  ...forbidden,
  ...payloads,
  ...orders,
  ...behind,
  ...middles,
];
