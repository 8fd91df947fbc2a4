import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { patternBytes } from '../../../test/support/payloads.ts';
import { until } from '../../../test/support/until.ts';
import type { Failure } from '../../failure.ts';
import type { StreamSink } from '../peer/stream-sink.ts';
import { enableSharedReading } from './shared-reading.ts';
import { receiveBuffer } from './simd-unmask.ts';
import { StreamPeerTCP } from './stream-peer-tcp.ts';

/** Collects what comes, and notes where it lay. */
class Collector implements StreamSink {
  readonly chunks: Buffer[] = [];
  size = 0;
  shared = 0;
  hasEnded = false;
  failure: Failure | null = null;
  onChunk: (() => void) | null = null;

  onStreamOpen(): void {}

  onStreamData(chunk: Uint8Array): void {
    this.chunks.push(Buffer.from(chunk));
    this.size += chunk.length;
    if (chunk.buffer === receiveBuffer.buffer) this.shared++;
    // A sink may overwrite what it was lent.
    chunk.fill(0xee);
    this.onChunk?.();
  }

  onStreamDrain(): void {}

  onStreamEnd(): void {
    this.hasEnded = true;
  }

  onStreamFailure(failure: Failure): void {
    this.failure = failure;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }
}

async function pair(): Promise<{ stream: StreamPeerTCP; other: Socket; sink: Collector }> {
  const server: Server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number }; // a TCP server's
  const other = connect(port, '127.0.0.1');
  const [socket] = (await once(server, 'connection')) as [Socket];
  const stream = StreamPeerTCP.fromSocket(socket);
  const sink = new Collector();
  stream.setSink(sink);
  onTestFinished(() => {
    stream.destroy();
    other.destroy();
    server.close();
  });
  return { stream, other, sink };
}

describe.each([true, false])('with the buffer that all sockets share: %s', (isShared) => {
  beforeEach(() => enableSharedReading(isShared));
  afterEach(() => enableSharedReading(true));

  test('bytes come whole and in order, whenever reading pauses', async () => {
    const { stream, other, sink } = await pair();
    const bytes = Buffer.from(patternBytes(5_000_000));
    let isPaused = false;
    sink.onChunk = () => {
      if (sink.chunks.length % 3 !== 0) return;
      stream.pauseReading();
      isPaused = true;
      setImmediate(() => {
        isPaused = false;
        stream.resumeReading();
        // Twice in one turn, as a loop does that finds a full queue again.
        if (sink.chunks.length % 2 === 0) {
          stream.pauseReading();
          stream.resumeReading();
        }
      });
    };
    other.end(bytes);
    await until(() => sink.hasEnded, 10_000);
    expect([sink.size, isPaused]).toEqual([bytes.length, false]);
    expect(sink.bytes.equals(bytes)).toBe(true);
    expect(sink.shared > 0).toBe(isShared);
  });

  test('a pause holds: nothing comes until reading goes on', async () => {
    const { stream, other, sink } = await pair();
    other.write('one');
    await until(() => sink.size === 3);
    other.write('two');
    await until(() => sink.size === 6);
    stream.resumeReading();
    stream.pauseReading();
    other.write(Buffer.alloc(3_000_000));
    for (let n = 0; n < 50; n++) await new Promise((resolve) => setImmediate(resolve));
    const early = sink.size - 6;
    // By events, what Node had begun to read may still come.
    expect(early).toBeLessThanOrEqual(isShared ? 0 : 131_072);
    stream.resumeReading();
    await until(() => sink.size === 3_000_006);
  });

  test('two streams at once do not meet', async () => {
    const pairs = [await pair(), await pair()];
    const texts = ['a'.repeat(700_000), 'b'.repeat(700_000)];
    for (const [index, { other }] of pairs.entries()) other.end(texts[index]!);
    await until(() => pairs.every(({ sink }) => sink.hasEnded));
    for (const [index, { sink }] of pairs.entries()) expect(sink.bytes.toString()).toBe(texts[index]);
  });

  test('an end and a failure are told', async () => {
    const [ended, broken] = [await pair(), await pair()];
    for (const { other, sink } of [ended, broken]) {
      other.write('x');
      await until(() => sink.size === 1);
      other.write('y');
      await until(() => sink.size === 2);
    }
    ended.other.end('z');
    broken.other.resetAndDestroy();
    await until(() => ended.sink.hasEnded && broken.sink.failure !== null);
    expect(ended.sink.bytes.toString()).toBe('xyz');
    expect(broken.sink.failure?.code).toMatch(/^TICKPEER_CONNECTION_/);
  });

  test('back in polled use, bytes are kept', async () => {
    const { stream, other, sink } = await pair();
    for (const text of ['one', 'two']) {
      other.write(text);
      await until(() => sink.bytes.toString().endsWith(text));
    }
    stream.setSink(null);
    other.write('three');
    await until(() => stream.getAvailableBytes() === 5);
    expect(stream.getUtf8String(5)).toBe('three');
  });
});

test('a socket that is still connecting is read once it is open', async () => {
  const server = createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number }; // a TCP server's
  const stream = StreamPeerTCP.fromSocket(connect(port, '127.0.0.1'));
  const sink = new Collector();
  stream.setSink(sink);
  onTestFinished(() => {
    stream.destroy();
    server.close();
  });
  await until(() => sink.hasEnded);
  expect([String(sink.bytes), sink.failure]).toEqual(['hello', null]);
});

test('everything that was written before end() arrives, also behind a full system buffer', async () => {
  const { stream, other, sink } = await pair();
  const SIZE = 4 * 1024 * 1024;
  let got = 0;
  let hasEnded = false;
  other.pause();
  other.on('data', (chunk: Buffer) => {
    got += chunk.length;
  });
  other.on('end', () => {
    hasEnded = true;
  });
  other.pause();
  stream.write(new Uint8Array(SIZE));
  stream.write(new Uint8Array(SIZE));
  other.resume();
  await until(() => got > SIZE);
  stream.write(new Uint8Array(SIZE));
  stream.end();
  await until(() => hasEnded);
  expect([got, sink.failure]).toEqual([3 * SIZE, null]);
});
