import { expect, test } from 'vitest';
import { ErrorCode } from '../../error-code.ts';
import { FullObject, Vector2, varToBytes } from '../../variant/index.ts';
import { PacketPeer } from './packet-peer.ts';

/** Hears what it sends. */
class Echo extends PacketPeer {
  readonly packets: Uint8Array<ArrayBuffer>[] = [];

  override getAvailablePacketCount(): number {
    return this.packets.length;
  }

  protected override takePacket(): Uint8Array<ArrayBuffer> | undefined {
    return this.packets.shift();
  }

  protected override sendPacket(packet: Uint8Array): ErrorCode {
    this.packets.push(packet.slice());
    return ErrorCode.OK;
  }
}

test('a value arrives as it was sent', () => {
  const peer = new Echo();
  for (const value of [null, true, 42, 1.5, 'text', new Vector2(1, -2), [1, 'a']]) {
    expect(peer.putVar(value)).toBe(ErrorCode.OK);
    expect(peer.getVar()).toEqual(value);
    expect(peer.getPacketError()).toBe(ErrorCode.OK);
  }
});

test('getVar() also returns null when there is no packet, or an invalid one', () => {
  const peer = new Echo();
  expect([peer.getVar(), peer.getPacketError()]).toEqual([null, ErrorCode.ERR_UNAVAILABLE]);
  peer.putPacket(Uint8Array.of(39, 0, 0, 0));
  expect([peer.getVar(), peer.getPacketError()]).toEqual([null, ErrorCode.ERR_INVALID_DATA]);
  expect(peer.getAvailablePacketCount()).toBe(0);
});

test('full objects only when they are allowed', () => {
  const peer = new Echo();
  const node = new FullObject('Node');
  expect(() => peer.putVar(node)).toThrow(TypeError);
  for (const allowed of [false, true]) {
    expect(peer.putVar(node, true)).toBe(ErrorCode.OK);
    const read = peer.getVar(allowed);
    expect(read instanceof FullObject).toBe(allowed);
    expect(peer.getPacketError()).toBe(allowed ? ErrorCode.OK : ErrorCode.ERR_UNAUTHORIZED);
  }
});

test.each([
  [-1, ErrorCode.OK],
  [0, ErrorCode.OK],
  [1, ErrorCode.ERR_OUT_OF_MEMORY],
])('%i beyond encodeBufferMaxSize', (beyond, result) => {
  const peer = new Echo();
  peer.encodeBufferMaxSize = 2048;
  const value = new Int32Array(2048 / 4 - 2 + (beyond > 0 ? 1 : 0));
  expect(varToBytes(value).length).toBe(beyond > 0 ? 2052 : 2048);
  if (beyond < 0) peer.encodeBufferMaxSize = 2049;
  expect(peer.putVar(value)).toBe(result);
  expect(peer.getAvailablePacketCount()).toBe(result === ErrorCode.OK ? 1 : 0);
});

test.each([
  [1023, false],
  [1024, true],
  [268_435_456, true],
  [268_435_457, false],
  [Number.NaN, false],
])('encodeBufferMaxSize %d', (size, isAllowed) => {
  const peer = new Echo();
  const set = (): void => {
    peer.encodeBufferMaxSize = size;
  };
  if (isAllowed) expect(set).not.toThrow();
  else expect(set).toThrow(RangeError);
});
