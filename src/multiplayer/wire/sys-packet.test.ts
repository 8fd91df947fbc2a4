import { expect, test } from 'vitest';
import { rawPacket, rawPayload } from './raw-packet.ts';
import {
  authData,
  authPacket,
  hasSysId,
  isForOthers,
  isSysPacket,
  relayedPacket,
  SysCommand,
  sysCommandOf,
  sysIdOf,
  sysPacket,
} from './sys-packet.ts';

const bytes = (packet: Uint8Array): Uint8Array<ArrayBuffer> => Uint8Array.from(packet);

test('a relayed packet is read as it was written', () => {
  const packet = bytes(sysPacket(SysCommand.RELAY, -5, Uint8Array.of(3, 1)));
  expect([isSysPacket(packet), sysCommandOf(packet), hasSysId(packet)]).toEqual([true, SysCommand.RELAY, true]);
  expect(sysIdOf(packet)).toBe(-5);
  expect(relayedPacket(packet)).toEqual(Uint8Array.of(3, 1));
});

test('authentication data is read as it was written, also when there is none', () => {
  expect(authData(bytes(authPacket(Uint8Array.of(9))))).toEqual(Uint8Array.of(9));
  expect(authData(bytes(authPacket()))).toHaveLength(0);
});

test.each([
  ['a RELAY to one peer', sysPacket(SysCommand.RELAY, 5), true],
  ['a RELAY to all', sysPacket(SysCommand.RELAY, 0), false],
  ['a RELAY to all but one', sysPacket(SysCommand.RELAY, -5), false],
  ['a RELAY that is cut off', sysPacket(SysCommand.RELAY, 5).subarray(0, 5), false],
  ['ADD_PEER', sysPacket(SysCommand.ADD_PEER, 5), false],
  ['RAW', Uint8Array.of(3, 3, 5, 0, 0, 0), false],
  ['nothing', new Uint8Array(0), false],
])('%s is only relayed: %s', (_, packet, expected) => {
  expect(isForOthers(packet)).toBe(expected);
});

test('the bytes of a RAW packet are unchanged', () => {
  expect(rawPayload(bytes(rawPacket(Uint8Array.of(1, 2))))).toEqual(Uint8Array.of(1, 2));
});
