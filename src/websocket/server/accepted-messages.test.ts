import { createContext, runInContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { MemoryPeers } from '../../../test/support/memory-peers.ts';
import { ErrorCode } from '../../error-code.ts';
import { Crypto, HashType, StreamPeerMemory } from '../../stream/index.ts';
import { bytesToVar, varToBytes } from '../../variant/index.ts';
import { State, WriteMode } from '../state.ts';

const REALM = createContext({});
/** A `Uint8Array` whose class is not ours. */
const foreign = (text: string): Uint8Array => runInContext(`Uint8Array.from([${[...Buffer.from(text)]}])`, REALM);

describe.each(['client', 'server'] as const)('a %s', (role) => {
  test('sends a string as text in any write mode; an echo keeps text and bytes', () => {
    const peers = MemoryPeers.open();
    const { peer, other } = peers.from(role);
    expect(peer.send('text')).toBe(ErrorCode.OK);
    expect(peer.send('', WriteMode.WRITE_MODE_BINARY)).toBe(ErrorCode.OK);
    expect(peer.send(Buffer.from('bytes'))).toBe(ErrorCode.OK);
    expect(peer.send(Buffer.from('mode'), WriteMode.WRITE_MODE_TEXT)).toBe(ErrorCode.OK);
    expect(peer.putPacket('put')).toBe(ErrorCode.OK);
    expect(peer.putPacket('')).toBe(ErrorCode.OK);
    peers.poll();
    peers.poll();
    for (const message of other.packets()) expect(other.send(message)).toBe(ErrorCode.OK);
    peers.poll();
    peers.poll();
    expect([...peer.packets()]).toEqual(['text', '', new Uint8Array(Buffer.from('bytes')), 'mode', 'put']);
  });

  test('sends bytes of another realm', () => {
    const peers = MemoryPeers.open();
    const { peer, other } = peers.from(role);
    const bytes = foreign('far');
    expect(bytes instanceof Uint8Array).toBe(false);
    expect([peer.send(bytes), peer.putPacket(bytes)]).toEqual([ErrorCode.OK, ErrorCode.OK]);
    expect(peer.send(bytes, WriteMode.WRITE_MODE_TEXT)).toBe(ErrorCode.OK);
    peers.poll();
    peers.poll();
    const far = new Uint8Array(Buffer.from('far'));
    expect([...other.packets()]).toEqual([far, far, 'far']);
  });

  test('a value that is neither throws, and nothing is sent', () => {
    const { peer } = MemoryPeers.open().from(role);
    for (const wrong of [
      null,
      1,
      [1],
      new ArrayBuffer(2),
      new Uint16Array(2),
      { [Symbol.toStringTag]: 'Uint8Array' },
    ]) {
      expect(() => peer.send(wrong as never)).toThrow(TypeError);
      expect(() => peer.putPacket(wrong as never)).toThrow(TypeError);
    }
    expect(peer.getReadyState()).toBe(State.STATE_OPEN);
    expect(peer.getStatistics().packetsSent).toBe(0);
  });
});

test('streams, Variants and Crypto accept bytes of another realm', () => {
  const [one, other] = StreamPeerMemory.pair();
  expect(one.putData(foreign('abc'))).toBe(ErrorCode.OK);
  expect(one.putPartialData(foreign('d'))).toEqual([ErrorCode.OK, 1]);
  one.poll();
  expect(`${Buffer.from(other.getData(4)[1])}`).toBe('abcd');
  const encoded = varToBytes(foreign('xy'));
  const far = runInContext(`Uint8Array.from([${[...encoded]}])`, REALM) as Uint8Array;
  expect(bytesToVar(far)).toEqual(new Uint8Array(Buffer.from('xy')));
  expect(varToBytes(runInContext('new Map([[1, 2]])', REALM) as Map<number, number>)).toEqual(
    varToBytes(new Map([[1, 2]])),
  );
  const crypto = new Crypto();
  const digest = crypto.hmacDigest(HashType.HASH_SHA256, foreign('key'), foreign('message'));
  expect(digest).toEqual(crypto.hmacDigest(HashType.HASH_SHA256, Buffer.from('key'), Buffer.from('message')));
  expect(crypto.constantTimeCompare(foreign('a'), foreign('a'))).toBe(true);
});
