import { ErrorCode } from '../../../src/error-code.ts';
import { WebSocketMultiplayerPeer } from '../../../src/multiplayer/index.ts';
import type { PeerClass } from './side.ts';

/** A peer that treats every packet for which `matches` says so by `spoil` instead of sending it. */
function spoiling(
  matches: (packet: Uint8Array, count: number) => boolean,
  spoil: (send: (packet: Uint8Array) => ErrorCode, packet: Uint8Array) => ErrorCode,
): PeerClass {
  return class extends WebSocketMultiplayerPeer {
    #count = 0;
    protected override sendPacket(packet: Uint8Array): ErrorCode {
      const send = (bytes: Uint8Array): ErrorCode => super.sendPacket(bytes);
      return matches(packet, ++this.#count) ? spoil(send, packet) : send(packet);
    }
  };
}

const lose = (): ErrorCode => ErrorCode.OK;
const isDelta = (packet: Uint8Array): boolean => packet[0] === 0x16;
const isSpawn = (packet: Uint8Array): boolean => packet[0] === 4;
const isDespawn = (packet: Uint8Array): boolean => packet[0] === 5;

/** Faults that a replicated world must detect, each as the transport that has it. */
export const PLANTED_REPLICATION_BUGS: Readonly<Record<string, PeerClass>> = {
  'a SPAWN that is lost now and then': spoiling((packet, count) => isSpawn(packet) && count % 5 === 0, lose),
  'a DESPAWN that is lost now and then': spoiling((packet, count) => isDespawn(packet) && count % 5 === 0, lose),
  'a DELTA that is lost now and then': spoiling((packet, count) => isDelta(packet) && count % 5 === 0, lose),
  'SYNCs that are never sent': spoiling((packet) => packet[0] === 6, lose),
  'a DELTA that is sent twice with an older one': (() => {
    let old: Uint8Array | null = null;
    return spoiling(isDelta, (send, packet) => {
      const result = send(packet);
      if (old !== null) send(old);
      old = packet.slice();
      return result;
    });
  })(),
  'a packet that is lost when the buffer is full': spoiling(
    () => true,
    (send, packet) => {
      const result = send(packet);
      return result === ErrorCode.ERR_OUT_OF_MEMORY ? ErrorCode.OK : result;
    },
  ),
  'a confirmation that never comes': spoiling((packet) => packet[0] === 2, lose),
  'a SPAWN that is sent twice': spoiling(isSpawn, (send, packet) => {
    send(packet);
    return send(packet);
  }),
};
