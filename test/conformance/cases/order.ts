import type { FrameCase } from '../case.ts';
import {
  BINARY,
  CLOSE,
  CONTINUATION,
  closeFrame,
  type InFrame,
  type OutFrame,
  PING,
  PONG,
  TEXT,
  unhex,
} from '../wire.ts';

/** The messages before an end, the packets, and the frames sent for them. */
interface Before {
  readonly name: string;
  readonly frames: readonly InFrame[];
  readonly packets: readonly (string | Uint8Array)[];
  readonly answers: readonly OutFrame[];
}

const BEFORE: readonly Before[] = [
  {
    name: 'a text',
    frames: [{ opcode: TEXT, payload: 'first' }],
    packets: ['first'],
    answers: [{ opcode: TEXT, payload: 'first' }],
  },
  {
    name: 'a message in three fragments',
    frames: [
      { opcode: BINARY, payload: unhex('01'), fin: false },
      { opcode: CONTINUATION, payload: unhex('02'), fin: false },
      { opcode: CONTINUATION, payload: unhex('03') },
    ],
    packets: [unhex('010203')],
    answers: [{ opcode: BINARY, payload: unhex('010203') }],
  },
  {
    name: 'two texts',
    frames: [
      { opcode: TEXT, payload: 'one' },
      { opcode: TEXT, payload: 'two' },
    ],
    packets: ['one', 'two'],
    answers: [
      { opcode: TEXT, payload: 'one' },
      { opcode: TEXT, payload: 'two' },
    ],
  },
];

const echoed = (section: string, name: string, test: Omit<FrameCase, 'section' | 'name' | 'isEchoed'>): FrameCase => ({
  section,
  name,
  isEchoed: true,
  ...test,
});

const VIOLATIONS: readonly (readonly [string, readonly InFrame[]])[] = [
  ['a frame with a reserved bit', [{ opcode: TEXT, rsv: 0x20, payload: 'x' }]],
  ['a frame with all reserved bits', [{ opcode: BINARY, rsv: 0x70, payload: 'x' }]],
  ['a reserved opcode of a message', [{ opcode: 3 }]],
  ['a reserved opcode of a message, with a payload', [{ opcode: 5, payload: 'x' }]],
  ['a reserved opcode of a control frame', [{ opcode: 11 }]],
  ['a reserved opcode of a control frame, with a payload', [{ opcode: 13, payload: 'x' }]],
  ['a continuation of nothing', [{ opcode: CONTINUATION, payload: 'x', fin: false }]],
  ['a Ping that is too long', [{ opcode: PING, payload: 'x'.repeat(126) }]],
  ['a wrong mask', [{ opcode: TEXT, payload: 'x', isMaskWrong: true }]],
  ['a Close with half a code', [{ opcode: CLOSE, payload: unhex('03') }]],
  ['a Close with a code that may not be sent', [closeFrame(1005)]],
];

/** Autobahn 3.2 to 3.4, 4.1.3 to 4.1.5, 4.2.3 to 4.2.5, 5.15, each in its strict form. */
const violations: FrameCase[] = BEFORE.flatMap(({ name, frames, packets, answers }) =>
  VIOLATIONS.map(([what, bad]) =>
    echoed('RFC 6455 7.1.7', `${name} before ${what} can be answered`, {
      steps: [{ receive: [...frames, ...bad, { opcode: PING, payload: 'never' }] }],
      packets,
      answers,
      ending: { failure: 'TICKPEER_PROTOCOL_ERROR', answer: 1002 },
    }),
  ),
);

/** Autobahn 7.1.6 among them. */
const closes: FrameCase[] = [
  ...BEFORE.flatMap(({ name, frames, packets, answers }) => [
    echoed('RFC 6455 5.5.1', `${name} before a Close can be answered`, {
      steps: [{ receive: [...frames, closeFrame(1000, 'bye'), { opcode: PING }] }],
      packets,
      answers: [...answers, closeFrame(1000, 'bye')],
      ending: { code: 1000, reason: 'bye' },
    }),
    echoed('RFC 6455 5.5.1', `${name} before an empty Close can be answered`, {
      steps: [{ receive: [...frames, { opcode: CLOSE }] }],
      packets,
      answers: [...answers, { opcode: CLOSE }],
      ending: { code: 1005 },
    }),
  ]),
  echoed('RFC 6455 5.5.1', '256 KiB before a Close can be answered', {
    settings: { inboundBufferSize: 1 << 20, outboundBufferSize: 1 << 20 },
    steps: [{ receive: [{ opcode: TEXT, payload: 'x'.repeat(262_144) }, closeFrame(1000)] }],
    packets: ['x'.repeat(262_144)],
    answers: [{ opcode: TEXT, payload: 'x'.repeat(262_144) }, closeFrame(1000)],
    ending: { code: 1000 },
  }),
  echoed('RFC 6455 5.5.1', 'what waited for room in a queue of one byte before a Close can be answered', {
    settings: { inboundBufferSize: 1 },
    steps: [{ receive: [...['a', 'b', 'c'].map((payload): InFrame => ({ opcode: TEXT, payload })), closeFrame(1000)] }],
    packets: ['a', 'b', 'c'],
    answers: [...['a', 'b', 'c'].map((payload): OutFrame => ({ opcode: TEXT, payload })), closeFrame(1000)],
    ending: { code: 1000 },
  }),
  {
    section: 'RFC 6455 5.5.1',
    name: 'a Ping before a Close is answered first',
    steps: [{ receive: [{ opcode: PING, payload: 'p' }, closeFrame(1000)] }],
    packets: [],
    answers: [{ opcode: PONG, payload: 'p' }, closeFrame(1000)],
    ending: { code: 1000 },
  },
];

/** The same for texts, limits and the stream's end. */
const others: FrameCase[] = BEFORE.flatMap(({ name, frames, packets, answers }) => [
  echoed('RFC 6455 8.1', `${name} before a text that is not UTF-8 can be answered`, {
    steps: [{ receive: [...frames, { opcode: TEXT, payload: unhex('ff') }] }],
    packets,
    answers,
    ending: { failure: 'TICKPEER_INVALID_UTF8', answer: 1007 },
  }),
  echoed('RFC 6455 10.4', `${name} before a message above the limit can be answered`, {
    settings: { inboundBufferSize: 1000 },
    steps: [{ receive: [...frames, { opcode: BINARY, payload: new Uint8Array(1001) }] }],
    packets,
    answers,
    ending: { failure: 'TICKPEER_MESSAGE_TOO_BIG', answer: 1009 },
  }),
  echoed('RFC 6455 10.4', `${name} before one in too many fragments can be answered`, {
    settings: { maxFragments: 3 },
    steps: [
      {
        receive: [
          ...frames,
          { opcode: BINARY, fin: false },
          ...Array.from({ length: 3 }, (): InFrame => ({ opcode: CONTINUATION, fin: false })),
        ],
      },
    ],
    packets,
    answers,
    ending: { failure: 'TICKPEER_TOO_MANY_FRAGMENTS', answer: 1008 },
  }),
  echoed('RFC 6455 7.1.1', `${name} before the stream's end can be answered`, {
    steps: [{ receive: frames }, { end: true }],
    packets,
    answers,
    ending: { failure: 'TICKPEER_CONNECTION_LOST', answer: null },
  }),
]);

/** Autobahn 9.3.1 and 9.4.1 send 4 MiB in 65,537 frames: by default as many pass. */
const manyFrames: FrameCase = echoed('RFC 6455 10.4', 'a message in 65,537 frames, with the default limit', {
  steps: [
    {
      receive: [
        { opcode: BINARY, fin: false },
        ...Array.from({ length: 65_535 }, (): InFrame => ({ opcode: CONTINUATION, fin: false })),
        { opcode: CONTINUATION, payload: 'x' },
      ],
    },
  ],
  packets: [unhex('78')],
  answers: [{ opcode: BINARY, payload: unhex('78') }],
  ending: 'open',
});

export const orderCases: readonly FrameCase[] = [...violations, ...closes, ...others, manyFrames];
