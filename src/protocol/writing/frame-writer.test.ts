import { describe, expect, test } from 'vitest';
import { concat, hex, readFrames } from '../../../test/support/frames.ts';
import { nodePlatform } from '../../../test/support/platform.ts';
import { Counters } from '../counters.ts';
import { RSV1 } from '../frames/frame-rules.ts';
import { Opcode, type Role } from '../opcode.ts';

import { FrameWriter } from './frame-writer.ts';
import { LARGEST_SLAB } from './output-memory.ts';
import { SharedFrame } from './shared-message.ts';

function newWriter(role: Role) {
  const counters = new Counters();
  const writer = new FrameWriter(role, nodePlatform, counters);
  const take = (): Uint8Array => {
    const taken = writer.output.take() ?? [];
    const bytes = concat(taken instanceof Uint8Array ? [taken] : taken);
    writer.output.confirm();
    return bytes;
  };
  return { writer, counters, take };
}

const PAYLOAD = Uint8Array.of(1, 2, 3, 4, 5);

test('a server writes frames without a mask, which can be shared', () => {
  const { writer, counters, take } = newWriter('server');
  writer.writeMessage(PAYLOAD, Opcode.BINARY, false, 0);
  writer.writeControl(Opcode.PING, Uint8Array.of(9));
  writer.writeShared(SharedFrame.of(new Uint8Array(0), Opcode.TEXT, false));
  expect(writer.isPlain).toBe(true);
  expect(hex(take())).toBe('82050102030405890109' + '8100');
  expect([counters.framesSent, counters.bytesSent]).toEqual([3, 12]);
});

test('a client masks every frame', () => {
  const { writer, take } = newWriter('client');
  writer.writeMessage(PAYLOAD, Opcode.BINARY, false, 0);
  writer.writeControl(Opcode.PONG, PAYLOAD);
  const frames = readFrames(take());
  expect(writer.isPlain).toBe(false);
  expect(frames.map(({ isMasked, opcode, payload }) => [isMasked, opcode, hex(payload)])).toEqual([
    [true, Opcode.BINARY, hex(PAYLOAD)],
    [true, Opcode.PONG, hex(PAYLOAD)],
  ]);
});

describe('fragments', () => {
  test('have RSV1 on the first frame and FIN on the last', () => {
    const { writer, take } = newWriter('server');
    writer.writeMessage(PAYLOAD, Opcode.TEXT, true, 2);
    expect(readFrames(take()).map(({ fin, rsv, opcode, payload }) => [fin, rsv, opcode, hex(payload)])).toEqual([
      [false, RSV1, Opcode.TEXT, '0102'],
      [false, 0, Opcode.CONTINUATION, '0304'],
      [true, 0, Opcode.CONTINUATION, '05'],
    ]);
  });

  test('are not made of a message within fragmentSize', () => {
    const { writer, take } = newWriter('server');
    writer.writeMessage(PAYLOAD, Opcode.BINARY, false, PAYLOAD.length);
    expect(readFrames(take())).toHaveLength(1);
  });
});

test.each(['server', 'client'] as const)('a %s writes a frame that is larger than any buffer', (role) => {
  const { writer, take } = newWriter(role);
  const payload = new Uint8Array(LARGEST_SLAB + 3).map((_, index) => index);
  writer.writeMessage(payload, Opcode.BINARY, false, 0);
  const [frame] = readFrames(take());
  expect(frame?.payload).toEqual(payload);
});
