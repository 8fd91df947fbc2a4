import { Buffer } from 'node:buffer';
import { type FrameCase, fails } from '../case.ts';
import { randomOf } from '../split.ts';
import { BINARY, CONTINUATION, closeFrame, type InFrame, PING, PONG, TEXT, unhex } from '../wire.ts';
import { ALONE, deflated, HELLO, on, packed, reads, tooBig } from './deflate-frames.ts';

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

export const deflateFaultCases: readonly FrameCase[] = [...broken, ...limits];
