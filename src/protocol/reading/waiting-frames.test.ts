import { describe, expect, test } from 'vitest';
import { bytesOf, concat, frameTo, hex, type RawFrame } from '../../../test/support/frames.ts';
import { Counters } from '../counters.ts';
import { FrameRules } from '../frames/frame-rules.ts';
import { Opcode } from '../opcode.ts';
import type { ReaderOwner } from './reader-parts.ts';
import { WaitingFrames } from './waiting-frames.ts';

const PING: RawFrame = { opcode: Opcode.PING, payload: 'ping' };
const PONG: RawFrame = { opcode: Opcode.PONG, payload: 'pong' };
const TEXT: RawFrame = { opcode: Opcode.TEXT, payload: 'text' };
const BINARY: RawFrame = { opcode: Opcode.BINARY, payload: 'x'.repeat(126) };
const CLOSE: RawFrame = { opcode: Opcode.CLOSE };

const RULES = FrameRules.of(true, null);

function framesOf(...frames: readonly RawFrame[]): Uint8Array {
  return concat(frames.map((frame) => frameTo('server', frame)));
}

/** Takes the control frames out of `bytes`, and returns what was reported. */
function take(waiting: WaitingFrames, counters: Counters = new Counters()): string[] {
  const told: string[] = [];
  const tell = (kind: string) => (payload: Uint8Array) => void told.push(`${kind} ${Buffer.from(payload)}`);
  const owner: ReaderOwner = {
    onPing: tell('Ping'),
    onPong: tell('Pong'),
    onClose: tell('Close'),
    onViolation: () => told.push('violation'),
  };
  waiting.takeControls(RULES, owner, counters);
  return told;
}

test('Pings and Pongs are reported and removed; the other frames stay in their order', () => {
  const waiting = new WaitingFrames(framesOf(PING, TEXT, PONG, BINARY, PING), 0);
  const counters = new Counters();
  expect(take(waiting, counters)).toEqual(['Ping ping', 'Pong pong', 'Ping ping']);
  expect(hex(waiting.bytes)).toBe(hex(framesOf(TEXT, BINARY)));
  expect(waiting.lookedAt).toBe(waiting.bytes.length);
  expect(counters.framesReceived).toBe(3);
});

test('without control frames nothing is copied', () => {
  const bytes = framesOf(TEXT, BINARY);
  const waiting = new WaitingFrames(bytes, 0);
  expect(take(waiting)).toEqual([]);
  expect(waiting.bytes).toBe(bytes);
  expect(waiting.lookedAt).toBe(bytes.length);
});

test.each<[what: string, end: Uint8Array]>([
  ['a Close frame', framesOf(CLOSE)],
  ['a reserved opcode', framesOf({ opcode: 3 })],
  ['a frame without a mask', frameTo('client', TEXT)],
  ['a fragmented Ping', framesOf({ ...PING, fin: false })],
])('the search ends at %s', (_, end) => {
  const waiting = new WaitingFrames(concat([framesOf(PING, TEXT), end, framesOf(PING)]), 0);
  expect(take(waiting)).toEqual(['Ping ping']);
  expect(hex(waiting.bytes)).toBe(hex(concat([framesOf(TEXT), end, framesOf(PING)])));
  expect(waiting.lookedAt).toBe(framesOf(TEXT).length);
});

describe('bytes that come later', () => {
  test('a Ping is reported with its last byte, and not before', () => {
    const ping = framesOf(PING);
    const waiting = new WaitingFrames(framesOf(TEXT), 0);
    for (const byte of ping.subarray(0, -1)) {
      waiting.append(Uint8Array.of(byte));
      expect(take(waiting)).toEqual([]);
    }
    waiting.append(ping.subarray(-1));
    expect(take(waiting)).toEqual(['Ping ping']);
    expect(hex(waiting.bytes)).toBe(hex(framesOf(TEXT)));
  });

  test('bytes that were searched are not searched again', () => {
    const waiting = new WaitingFrames(framesOf(PING, TEXT), framesOf(PING).length);
    expect(take(waiting)).toEqual([]);
    waiting.append(framesOf(PONG));
    expect(take(waiting)).toEqual(['Pong pong']);
    expect(hex(waiting.bytes)).toBe(hex(framesOf(PING, TEXT)));
  });

  test('are copied', () => {
    const chunk = bytesOf('8900');
    const waiting = new WaitingFrames(bytesOf('82'), 0);
    waiting.append(chunk);
    chunk.fill(0);
    expect(hex(waiting.bytes)).toBe('828900');
  });
});
