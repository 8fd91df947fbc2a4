import { describe, expect, test } from 'vitest';
import { bytesOf, concat, hex, rawFrame } from '../../../test/support/frames.ts';
import { nodePlatform } from '../../../test/support/platform.ts';
import { CONNECTION_DEFAULTS } from '../connection/connection-settings.ts';
import { Counters } from '../counters.ts';
import { Opcode } from '../opcode.ts';
import type { Violation } from '../violation.ts';
import { MessageReader } from './message-reader.ts';
import { PacketQueue } from './packet-queue.ts';
import type { ReaderSettings } from './reader-parts.ts';

/** A client's reader, and what it reports. */
function newReader(settings: Partial<ReaderSettings> = {}) {
  const events: string[] = [];
  const reader = new MessageReader({
    owner: {
      onPing: (payload) => events.push(`ping ${hex(payload)}`),
      onPong: (payload) => events.push(`pong ${hex(payload)}`),
      onClose: (payload) => events.push(`close ${hex(payload)}`),
      onViolation: ({ closeCode, code }: Violation) => events.push(`${closeCode} ${code}`),
    },
    queue: new PacketQueue(),
    settings: { ...CONNECTION_DEFAULTS, ...settings },
    counters: new Counters(),
    platform: nodePlatform,
    expectsMask: false,
    extension: null,
  });
  const take = (): string[] => {
    const packets: string[] = [];
    for (let packet = reader.queue.shift(); packet !== undefined; packet = reader.queue.shift())
      packets.push(hex(packet));
    return packets;
  };
  return { reader, events, take };
}

const message = (payload: string): Uint8Array => rawFrame({ opcode: Opcode.BINARY, payload: bytesOf(payload) });
const PING = rawFrame({ opcode: Opcode.PING, payload: bytesOf('aa') });
const CLOSE = rawFrame({ opcode: Opcode.CLOSE, payload: bytesOf('03e8') });

describe('the same messages for bytes', () => {
  const bytes = concat([
    message('0102'),
    rawFrame({ opcode: Opcode.BINARY, fin: false, payload: '' }),
    PING,
    rawFrame({ opcode: Opcode.CONTINUATION, payload: bytesOf('0304') }),
    rawFrame({ opcode: Opcode.BINARY, payload: new Uint8Array(200).fill(7) }),
    CLOSE,
    message('ff'),
  ]);

  test.each([1, 2, 3, 5, 7, 64, bytes.length])('in chunks of %i bytes', (size) => {
    const { reader, events, take } = newReader();
    for (let at = 0; at < bytes.length; at += size) reader.receive(bytes.slice(at, at + size));
    expect(take()).toEqual(['0102', '0304', '07'.repeat(200)]);
    expect(events).toEqual(['ping aa', 'close 03e8']);
    expect([reader.wantsBytes, reader.isBlocked]).toEqual([false, false]);
  });
});

describe('a full queue', () => {
  test('blocks the reader, and Pings are still reported', () => {
    const { reader, events, take } = newReader({ maxQueuedPackets: 1 });
    reader.receive(concat([message('01'), message('02'), PING, message('03')]));
    expect([reader.isBlocked, reader.wantsBytes, events]).toEqual([true, false, ['ping aa']]);
    expect(take()).toEqual(['01']);
    reader.resume();
    expect(take()).toEqual(['02']);
    reader.resume();
    expect(take()).toEqual(['03']);
    expect([reader.isBlocked, reader.wantsBytes, events]).toEqual([false, true, ['ping aa']]);
  });

  test('keeps a header that was cut', () => {
    const { reader, take } = newReader({ maxQueuedPackets: 1 });
    const second = message('02');
    reader.receive(concat([message('01'), second.slice(0, 1)]));
    expect(reader.isBlocked).toBe(false);
    reader.receive(second.slice(1));
    expect(reader.isBlocked).toBe(true);
    take();
    reader.resume();
    expect(take()).toEqual(['02']);
  });

  test('after discardWhenFull() discards the message without room, and all after it', () => {
    const { reader, events, take } = newReader({ maxQueuedPackets: 1 });
    reader.receive(concat([message('01'), message('02')]));
    reader.discardWhenFull();
    expect(take()).toEqual(['01']);
    reader.receive(concat([message('03'), CLOSE]));
    expect([take(), events]).toEqual([[], ['close 03e8']]);
  });
});

describe('after its end', () => {
  test('a violation is reported once, and nothing is read', () => {
    const { reader, events, take } = newReader();
    reader.receive(concat([rawFrame({ opcode: 3 }), message('01')]));
    reader.receive(message('02'));
    expect([events, take(), reader.wantsBytes]).toEqual([['1002 TICKPEER_PROTOCOL_ERROR'], [], false]);
  });

  test('stop() drops waiting bytes', () => {
    const { reader, events, take } = newReader({ maxQueuedPackets: 1 });
    reader.receive(concat([message('01'), message('02')]));
    reader.stop();
    expect(take()).toEqual(['01']);
    reader.resume();
    expect([take(), events, reader.isBlocked]).toEqual([[], [], false]);
  });
});
