import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { concat } from '../../../test/support/frames.ts';
import { Random } from '../../testing/random.ts';
import { OutputBuffer } from './output-buffer.ts';
import { LARGEST_SLAB, outputMemory, SHARED_SLAB_SIZE } from './output-memory.ts';
import { SharedFrame } from './shared-message.ts';

/** A connection's output, and what its stream does with it. */
class Sender {
  readonly output = new OutputBuffer();
  readonly put: Uint8Array[] = [];
  readonly taken: Uint8Array[] = [];
  /** What the stream still holds while the next frames are written. */
  #underWay: readonly Uint8Array[] | null = null;

  write(bytes: Uint8Array): void {
    const { output } = this;
    output.reserve(bytes.length);
    output.buffer.set(bytes, output.at);
    output.advanceTo(output.at + bytes.length);
    output.countMessage(bytes.length);
    this.put.push(bytes);
  }

  writeLong(bytes: Uint8Array): void {
    this.output.append(bytes, 0, bytes.length, 0);
    this.put.push(bytes);
  }

  share(frame: SharedFrame): void {
    this.output.appendShared(frame);
    this.put.push(frame.bytes.slice());
  }

  /** Hands everything to the stream, when that has sent what it had. Returns the pieces. */
  take(): readonly Uint8Array[] {
    this.confirm();
    const got = this.output.take();
    this.#underWay = got === null ? [] : got instanceof Uint8Array ? [got] : got;
    return this.#underWay;
  }

  confirm(): void {
    for (const part of this.#underWay ?? []) this.taken.push(part.slice());
    this.#underWay = null;
    this.output.confirm();
  }
}

test('outputs that share memory give back what was put in, in order, and never touch what is under way', () => {
  const step = fc.record({
    sender: fc.nat(3),
    kind: fc.constantFrom('own', 'own', 'own', 'long', 'shared', 'broadcast', 'take', 'confirm'),
    size: fc.oneof(fc.nat(200), fc.nat(9000), fc.nat(70_000)),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const senders = Array.from({ length: 4 }, () => new Sender());
      let fill = 0;
      for (const { sender: index, kind, size } of steps) {
        const sender = senders[index]!;
        fill = (fill + 1) & 0xff;
        const bytes = new Uint8Array(size + 1).fill(fill);
        if (kind === 'own') sender.write(bytes);
        else if (kind === 'long') sender.writeLong(bytes);
        else if (kind === 'shared') sender.share(SharedFrame.of(bytes, 2, false));
        else if (kind === 'take') sender.take();
        else if (kind === 'confirm') sender.confirm();
        else {
          const frame = SharedFrame.of(bytes, 2, true);
          for (const each of senders) if (each !== sender) each.share(frame);
          if (frame.slab !== null) outputMemory.release(frame.slab);
        }
      }
      for (const sender of senders) {
        sender.take();
        sender.take();
        sender.confirm();
        expect(Buffer.compare(concat(sender.taken), concat(sender.put))).toBe(0);
        expect([sender.output.packets, sender.output.payloadSize]).toEqual([0, 0]);
      }
    }),
  );
});

test('goes on behind a shared frame in its largest piece', () => {
  const sender = new Sender();
  sender.write(new Uint8Array(200_010).fill(1));
  sender.share(SharedFrame.of(new Uint8Array(5000), 2, false));
  sender.write(new Uint8Array(62_000).fill(2));
  expect(sender.take().map((part) => part.length)).toEqual([200_010, 5004, 62_000]);
  sender.confirm();
});

test('frames written one after the other are one piece, whatever other outputs write in between', () => {
  const senders = Array.from({ length: 20 }, () => new Sender());
  for (let turn = 0; turn < 2; turn++) {
    for (let count = 0; count < 20; count++)
      for (const sender of senders) sender.write(new Uint8Array(130).fill(count));
    for (const sender of senders) expect(sender.take().map((part) => part.length)).toEqual([20 * 130]);
    for (const sender of senders) sender.confirm();
  }
});

test('messages to many lie in memory once, and peers that get the same ones send the same bytes', () => {
  const senders = Array.from({ length: 3 }, () => new Sender());
  for (let count = 0; count < 20; count++) {
    const frame = SharedFrame.of(new Uint8Array(128).fill(count), 2, true);
    for (const sender of senders) sender.share(frame);
    if (frame.slab !== null) outputMemory.release(frame.slab);
  }
  const pieces = senders.map((sender) => sender.take());
  expect(pieces.map((parts) => parts.length)).toEqual([1, 1, 1]);
  expect(pieces[1]![0]).toBe(pieces[0]![0]);
  expect(pieces[2]![0]).toBe(pieces[0]![0]);
  for (const sender of senders) sender.confirm();
});

test('while a write is under way, nothing more goes into memory that others share', () => {
  const stuck = new Sender();
  stuck.write(new Uint8Array(100));
  const [first] = stuck.take();
  expect(first?.buffer.byteLength).toBe(SHARED_SLAB_SIZE);
  stuck.write(new Uint8Array(100));
  expect(stuck.output.buffer.length).toBe(512);
  stuck.write(new Uint8Array(1000));
  expect(stuck.output.buffer.length).toBe(4096);
  stuck.confirm();
});

test.each([-1, 0, 1])('a piece of half a slab and %i bytes: up to half, others continue in the same slab', (more) => {
  const size = SHARED_SLAB_SIZE / 2 + more;
  const [sender, other] = [new Sender(), new Sender()];
  sender.write(new Uint8Array(size));
  const { buffer } = sender.output;
  other.write(new Uint8Array(10));
  expect(other.output.buffer === buffer).toBe(more <= 0);
  for (const each of [sender, other]) {
    each.take();
    each.confirm();
  }
});

test('bytes beyond the largest slab are several pieces', () => {
  const sender = new Sender();
  sender.writeLong(new Uint8Array(LARGEST_SLAB * 2 + 1).fill(3));
  expect(sender.take().reduce((sum, part) => sum + part.length, 0)).toBe(LARGEST_SLAB * 2 + 1);
  sender.confirm();
});

/** A frame for several outputs, as a broadcast makes it: shared while `use` runs. */
function broadcastTo(senders: readonly Sender[], payload: Uint8Array): void {
  const frame = SharedFrame.of(payload, 2, true);
  for (const sender of senders) sender.share(frame);
  if (frame.slab !== null) outputMemory.release(frame.slab);
}

/** The memory that these pieces keep. */
function memoryOf(pieces: readonly Uint8Array[]): number {
  let size = 0;
  for (const buffer of new Set(pieces.map((piece) => piece.buffer))) size += buffer.byteLength;
  return size;
}

test('a large message to many lies in memory once, also when each gets a message of its own behind it', () => {
  const senders = Array.from({ length: 50 }, () => new Sender());
  broadcastTo(senders, new Uint8Array(20_000).fill(1));
  for (const sender of senders) sender.write(new Uint8Array(20).fill(2));
  const pieces = senders.flatMap((sender) => sender.take());
  expect(memoryOf(pieces)).toBeLessThanOrEqual(2 * SHARED_SLAB_SIZE);
  for (const sender of senders) sender.confirm();
});

test('after a large message to many, outputs of short messages take no more memory than before', () => {
  const senders = Array.from({ length: 50 }, () => new Sender());
  broadcastTo(senders, new Uint8Array(16_000).fill(1));
  for (const sender of senders) sender.take();
  for (const sender of senders) sender.confirm();
  for (const sender of senders) sender.write(new Uint8Array(20).fill(2));
  const pieces = senders.flatMap((sender) => sender.take());
  expect(memoryOf(pieces)).toBeLessThanOrEqual(2 * SHARED_SLAB_SIZE);
  for (const sender of senders) sender.confirm();
});

test('messages to many that wait behind a write keep little more memory than their bytes', () => {
  const [stuck, one, two] = [new Sender(), new Sender(), new Sender()];
  stuck.write(new Uint8Array(10));
  stuck.take();
  for (let count = 0; count < 20; count++) {
    broadcastTo([stuck], new Uint8Array(3000).fill(count));
    one.write(new Uint8Array(15_000));
    two.write(new Uint8Array(14_000));
    for (const sender of [one, two]) {
      sender.take();
      sender.confirm();
    }
  }
  expect(memoryOf(stuck.take())).toBeLessThanOrEqual(2 * 20 * 3000 + SHARED_SLAB_SIZE);
  stuck.confirm();
  expect(Buffer.compare(concat(stuck.taken), concat(stuck.put))).toBe(0);
});

test('without memory for more the output stays as it was, and nothing is released twice', () => {
  const sender = new Sender();
  sender.write(new Uint8Array(LARGEST_SLAB).fill(1));
  const { buffer } = sender.output;
  const own = vi.spyOn(outputMemory, 'own').mockImplementation(() => {
    throw new RangeError('Array buffer allocation failed');
  });
  expect(() => sender.write(new Uint8Array(LARGEST_SLAB).fill(2))).toThrow(RangeError);
  own.mockRestore();
  sender.write(new Uint8Array(10).fill(3));
  sender.take();
  sender.confirm();
  expect(Buffer.compare(concat(sender.taken), concat(sender.put))).toBe(0);
  const again = [outputMemory.own(LARGEST_SLAB), outputMemory.own(LARGEST_SLAB)];
  expect(again.filter(({ bytes }) => bytes === buffer).length).toBeLessThanOrEqual(1);
  for (const slab of again) outputMemory.release(slab);
});

test('bytes before a frame in memory of its own stay until they are sent, also when the bytes behind it need more room', () => {
  const [stuck, other] = [new Sender(), new Sender()];
  for (const sender of [stuck, other]) {
    sender.write(new Uint8Array(10));
    sender.take();
  }
  stuck.write(new Uint8Array(100).fill(1));
  stuck.share(SharedFrame.of(new Uint8Array(5000).fill(2), 2, false));
  stuck.write(new Uint8Array(1000).fill(3));
  other.write(new Uint8Array(100).fill(4));
  for (const sender of [stuck, other]) {
    sender.take();
    sender.confirm();
    expect(Buffer.compare(concat(sender.taken), concat(sender.put))).toBe(0);
  }
});

test.each([1, 2, 3, 4])('memory is never given to one output while another has bytes in it (seed %i)', (seed) => {
  const random = new Random(seed);
  const senders = Array.from({ length: 8 }, () => new Sender());
  const sizes = [1, 20, 60, 130, 500, 2040, 2050, 5000, 16_380, 20_000, 33_000, 70_000];
  for (let step = 0; step < 4000; step++) {
    const sender = senders[random.integer(0, 7)]!;
    const bytes = new Uint8Array(sizes[random.integer(0, random.chance(0.1) ? 11 : 6)]!).fill(step);
    const kind = random.integer(0, 9);
    if (kind < 4) sender.write(bytes);
    else if (kind === 4) sender.share(SharedFrame.of(bytes, 2, false));
    else if (kind < 7)
      broadcastTo(
        senders.filter(() => random.chance(0.5)),
        bytes,
      );
    else if (kind === 7) sender.take();
    else if (kind === 8) sender.confirm();
    // A connection that ends never confirms; another one takes its place.
    else if (random.chance(0.1)) senders[senders.indexOf(sender)] = new Sender();
  }
  for (const sender of senders) {
    sender.take();
    sender.take();
    sender.confirm();
    expect(Buffer.compare(concat(sender.taken), concat(sender.put))).toBe(0);
  }
});
