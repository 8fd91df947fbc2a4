import { patternBytes } from '../../support/payloads.ts';
import { delivers, type FrameCase, fails } from '../case.ts';
import { BINARY, CONTINUATION, closeFrame, type InFrame, PING, PONG, TEXT } from '../wire.ts';

const SECTION = 'RFC 6455 10.4';
const tooBig = (
  name: string,
  inboundBufferSize: number,
  frames: readonly InFrame[],
  more: { cut?: number } = {},
): FrameCase => ({
  ...fails(SECTION, name, frames, 1009, 'TICKPEER_MESSAGE_TOO_BIG', [], more),
  settings: { inboundBufferSize },
});

const LIMITS = [0, 1, 100, 125, 126, 1000, 65_535, 65_536];

const sizes: FrameCase[] = LIMITS.flatMap((limit) => [
  delivers(
    SECTION,
    `a message of exactly the limit, ${limit}`,
    [{ opcode: BINARY, payload: patternBytes(limit) }],
    [patternBytes(limit)],
    [],
    { inboundBufferSize: limit },
  ),
  tooBig(`one byte above the limit, ${limit}`, limit, [{ opcode: BINARY, payload: patternBytes(limit + 1) }]),
  tooBig(
    `one byte above the limit, ${limit}, announced only`,
    limit,
    [{ opcode: TEXT, payload: 'x'.repeat(limit + 1) }],
    {
      cut: limit + 1,
    },
  ),
  delivers(
    SECTION,
    `two fragments that make exactly the limit, ${limit}`,
    [
      { opcode: BINARY, payload: patternBytes(limit >> 1), fin: false },
      { opcode: CONTINUATION, payload: patternBytes(limit - (limit >> 1), 3) },
    ],
    [Uint8Array.from([...patternBytes(limit >> 1), ...patternBytes(limit - (limit >> 1), 3)])],
    [],
    { inboundBufferSize: limit },
  ),
  tooBig(`two fragments, together one byte above the limit, ${limit}`, limit, [
    { opcode: BINARY, payload: patternBytes(limit), fin: false },
    { opcode: CONTINUATION, payload: 'x' },
  ]),
  tooBig(
    `three fragments, the last above the limit, ${limit}, announced only`,
    limit,
    [
      { opcode: BINARY, payload: patternBytes(limit), fin: false },
      { opcode: CONTINUATION, fin: false },
      { opcode: CONTINUATION, payload: 'xx', fin: false },
    ],
    { cut: 2 },
  ),
]);

const claims: FrameCase[] = [
  65_536n,
  1n << 31n,
  1n << 32n,
  (1n << 53n) - 1n,
  1n << 53n,
  1n << 62n,
  (1n << 63n) - 1n,
].flatMap((length) => [
  tooBig(`a message announces ${length} bytes`, 65_535, [{ opcode: BINARY, claims: length, payload: 'start' }]),
  tooBig(`a fragment announces ${length} bytes`, 65_535, [
    { opcode: BINARY, fin: false },
    { opcode: CONTINUATION, claims: length, payload: 'start' },
  ]),
]);

function manyFragments(count: number): InFrame[] {
  return Array.from({ length: count }, (_, at) => ({
    opcode: at === 0 ? BINARY : CONTINUATION,
    payload: Uint8Array.of(at),
    fin: at === count - 1,
  }));
}

const fragmentCounts: FrameCase[] = [1, 2, 3, 10].flatMap((maxFragments) => [
  delivers(
    SECTION,
    `a message in exactly the ${maxFragments} frames allowed`,
    manyFragments(maxFragments),
    [Uint8Array.from({ length: maxFragments }, (_, at) => at)],
    [],
    { maxFragments },
  ),
  {
    ...fails(
      SECTION,
      `a message in one frame more than the ${maxFragments} allowed`,
      manyFragments(maxFragments + 1),
      1008,
      'TICKPEER_TOO_MANY_FRAGMENTS',
    ),
    settings: { maxFragments },
  },
]);

const texts = (count: number): string[] => Array.from({ length: count }, (_, at) => `message ${at}`);

/** Packets are not read: what does not fit waits, and nothing is lost. */
const queues: FrameCase[] = [1, 2, 5].flatMap((maxQueuedPackets): FrameCase[] => [
  delivers(
    SECTION,
    `twenty messages through a queue of ${maxQueuedPackets}`,
    texts(20).map((payload) => ({ opcode: TEXT, payload })),
    texts(20),
    [],
    { maxQueuedPackets },
  ),
  delivers(
    SECTION,
    `Pings behind a full queue of ${maxQueuedPackets} are answered`,
    texts(maxQueuedPackets + 2).flatMap((payload) => [
      { opcode: TEXT, payload },
      { opcode: PING, payload },
    ]),
    texts(maxQueuedPackets + 2),
    texts(maxQueuedPackets + 2).map((payload) => ({ opcode: PONG, payload })),
    { maxQueuedPackets },
  ),
  {
    section: SECTION,
    name: `a Close behind a full queue of ${maxQueuedPackets} takes effect after the messages`,
    settings: { maxQueuedPackets },
    steps: [{ receive: [...texts(12).map((payload) => ({ opcode: TEXT, payload })), closeFrame(1001, 'done')] }],
    packets: texts(12),
    answers: [closeFrame(1001, 'done')],
    ending: { code: 1001, reason: 'done' },
  },
  {
    section: SECTION,
    name: `the end of the stream behind a full queue of ${maxQueuedPackets} takes effect after the messages`,
    settings: { maxQueuedPackets },
    steps: [{ receive: texts(12).map((payload) => ({ opcode: TEXT, payload })) }, { end: true }],
    packets: texts(12),
    answers: [],
    ending: { failure: 'TICKPEER_CONNECTION_LOST', answer: null },
  },
  {
    section: SECTION,
    name: `a violation behind a full queue of ${maxQueuedPackets} takes effect after the messages`,
    settings: { maxQueuedPackets },
    steps: [{ receive: [...texts(12).map((payload) => ({ opcode: TEXT, payload })), { opcode: 3 }] }],
    packets: texts(12),
    answers: [],
    ending: { failure: 'TICKPEER_PROTOCOL_ERROR', answer: 1002 },
  },
  {
    section: SECTION,
    name: `taken in between, a queue of ${maxQueuedPackets} goes on`,
    settings: { maxQueuedPackets },
    steps: [
      { receive: texts(4).map((payload) => ({ opcode: TEXT, payload })) },
      { take: 1 },
      { receive: texts(3).map((payload) => ({ opcode: TEXT, payload })) },
      { take: 1 },
    ],
    packets: [...texts(4), ...texts(3)],
    answers: [],
    ending: 'open',
  },
]);

const bytes: FrameCase[] = [
  delivers(
    SECTION,
    'messages of many sizes through an inbound buffer of 100 bytes',
    [40, 60, 1, 100, 99, 2, 0, 0, 0, 7, 93, 100, 1].map((size) => ({ opcode: BINARY, payload: patternBytes(size) })),
    [40, 60, 1, 100, 99, 2, 0, 0, 0, 7, 93, 100, 1].map((size) => patternBytes(size)),
    [],
    { inboundBufferSize: 100 },
  ),
  delivers(
    SECTION,
    'fragmented messages with Pings through an inbound buffer of 100 bytes',
    Array.from({ length: 6 }, (_, at): InFrame[] => [
      { opcode: BINARY, payload: patternBytes(30, at), fin: false },
      { opcode: PING, payload: `${at}` },
      { opcode: CONTINUATION, payload: patternBytes(40, at) },
    ]).flat(),
    Array.from({ length: 6 }, (_, at) => Uint8Array.from([...patternBytes(30, at), ...patternBytes(40, at)])),
    Array.from({ length: 6 }, (_, at) => ({ opcode: PONG, payload: `${at}` })),
    { inboundBufferSize: 100 },
  ),
];

export const limitCases: readonly FrameCase[] = [...sizes, ...claims, ...fragmentCounts, ...queues, ...bytes];
