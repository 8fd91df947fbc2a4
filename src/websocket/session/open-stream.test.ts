import { expect, test } from 'vitest';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { ErrorCode } from '../../error-code.ts';
import { Connection, Opcode } from '../../protocol/index.ts';
import type { StreamPeer } from '../../stream/index.ts';
import { nodePlatform } from '../platform/node-platform.ts';
import { DEFAULT_SETTINGS, type PeerSettings } from '../settings/peer-settings.ts';
import { FlushList } from './flush-list.ts';
import { OpenStream } from './open-stream.ts';

/** What an open connection does with its stream. */
class RecordingStream {
  readonly calls: string[] = [];
  unsent = 0;

  write(bytes: Uint8Array): void {
    this.calls.push(`write ${bytes.length}`);
  }

  writeAll(parts: readonly Uint8Array[]): void {
    this.calls.push(`write ${parts.reduce((sum, { length }) => sum + length, 0)}`);
  }

  getUnsentBytes(): number {
    return this.unsent;
  }

  pauseReading(): void {
    this.calls.push('pause');
  }

  resumeReading(): void {
    this.calls.push('resume');
  }
}

function setUp(settings: Partial<PeerSettings> = {}) {
  const clock = new FakeClock();
  const stream = new RecordingStream();
  const connection = new Connection('server', { ...DEFAULT_SETTINGS, ...settings }, nodePlatform, 0, null);
  // No other members are used.
  const open = new OpenStream(connection, stream as unknown as StreamPeer, FlushList.of(clock));
  const send = (size: number): ErrorCode => open.send(new Uint8Array(size), Opcode.BINARY, false);
  return { clock, stream, connection, open, send };
}

test('all sends of a turn are written once, when it ends', () => {
  const { clock, stream, send } = setUp();
  expect([send(10), send(20)]).toEqual([ErrorCode.OK, ErrorCode.OK]);
  expect(stream.calls).toEqual([]);
  clock.endTurn();
  clock.endTurn();
  expect(stream.calls).toEqual(['write 34']);
});

test('a write waits until the stream has finished the last one', () => {
  const { clock, stream, open, send } = setUp();
  stream.unsent = 12;
  send(10);
  clock.endTurn();
  send(20);
  clock.endTurn();
  expect(stream.calls).toEqual(['write 12']);
  stream.unsent = 0;
  expect(open.onStreamDrain()).toBe(false);
  expect(stream.calls).toEqual(['write 12', 'write 22']);
});

test('a refused send is reported with the next drain, once', () => {
  const { clock, stream, open, send } = setUp({ outboundBufferSize: 10 });
  stream.unsent = 12;
  send(10);
  clock.endTurn();
  expect(send(1)).toBe(ErrorCode.ERR_OUT_OF_MEMORY);
  stream.unsent = 0;
  expect([open.onStreamDrain(), open.onStreamDrain()]).toEqual([true, false]);
  expect(send(1)).toBe(ErrorCode.OK);
});

test('a send without room writes first', () => {
  const { stream, send } = setUp({ outboundBufferSize: 10 });
  expect([send(10), send(10)]).toEqual([ErrorCode.OK, ErrorCode.OK]);
  expect(stream.calls).toEqual(['write 12']);
});

test('counts received messages when a poll shows them, sent ones at once', () => {
  const { open, connection, send } = setUp();
  expect(open.statistics).toMatchObject({ packetsSent: 0, packetsReceived: 0 });
  send(1);
  connection.counters.packetsReceived = 1;
  expect(open.statistics).toMatchObject({ packetsSent: 1, packetsReceived: 0 });
  open.showReceived();
  expect(open.statistics).toMatchObject({ packetsSent: 1, packetsReceived: 1 });
});

test('after the end nothing is written', () => {
  const { clock, stream, open, send } = setUp();
  send(10);
  open.finish();
  send(10);
  clock.endTurn();
  open.flush();
  expect(stream.calls).toEqual(['write 12']);
});
