import type { DecodedPacket } from '../../../multiplayer/index.ts';
import { usageError } from '../../command/command-error.ts';

/** What `--hide` may name: the kinds of packets, but a relayed packet has the kind of the packet in it. */
export type HideableKind = Exclude<DecodedPacket['kind'], 'relay'>;

const KINDS: Readonly<Record<HideableKind, true>> = {
  rpc: true,
  spawn: true,
  despawn: true,
  sync: true,
  delta: true,
  'simplify-path': true,
  'confirm-path': true,
  raw: true,
  auth: true,
  'sys-add-peer': true,
  'sys-del-peer': true,
  'id-assignment': true,
  unreadable: true,
};

export const HIDEABLE: readonly HideableKind[] = Object.keys(KINDS) as HideableKind[]; // the keys of a total record

/** Reads `sync,delta`. Throws a usage error for a word that is no kind. */
export function parseHidden(given: readonly string[]): ReadonlySet<HideableKind> {
  const words = given.flatMap((text) => text.split(',')).map((word) => word.trim());
  return new Set(
    words.map((word) => {
      const kind = HIDEABLE.find((known) => known === word);
      if (kind !== undefined) return kind;
      throw usageError(`--hide ${word}: there is no such kind of packets.`, `Kinds: ${HIDEABLE.join(', ')}.`);
    }),
  );
}

/** The kind of a packet, and of the packet in a relayed one. */
export function kindOf(packet: DecodedPacket): HideableKind {
  return packet.kind === 'relay' ? kindOf(packet.packet) : packet.kind;
}
