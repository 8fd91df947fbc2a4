import { CONNECTION_DEFAULTS, Connection, type ConnectionSettings, type Role } from '../../src/protocol/index.ts';
import { concat } from './frames.ts';
import { nodePlatform } from './platform.ts';

export function makeConnection(role: Role, settings: Partial<ConnectionSettings> = {}): Connection {
  return new Connection(role, { ...CONNECTION_DEFAULTS, ...settings }, nodePlatform, 0);
}

/** All waiting output as one array; it counts as written. */
export function drainOutput(connection: Connection): Uint8Array {
  const taken = connection.takeOutput();
  const bytes = taken === null ? [] : taken instanceof Uint8Array ? [taken] : taken;
  const joined = concat(bytes);
  connection.output.confirm();
  return joined;
}

export interface TakenPacket {
  readonly payload: Uint8Array;
  readonly isText: boolean;
}

export function takePackets(connection: Connection): TakenPacket[] {
  const packets: TakenPacket[] = [];
  while (connection.packetCount > 0) {
    const isText = connection.isFirstText;
    packets.push({ payload: connection.takePacket(0) ?? new Uint8Array(0), isText });
  }
  return packets;
}

/** The ways to cut a stream of bytes into chunks. */
export type Split = 'whole' | 'bytes' | 'random';
export const SPLITS: readonly Split[] = ['whole', 'bytes', 'random'];

/** Chunks in separate memory, since a receiver may overwrite them. */
export function split(bytes: Uint8Array, how: Split, random: () => number = Math.random): Uint8Array[] {
  if (how === 'whole') return [bytes.slice()];
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = how === 'bytes' ? 1 : 1 + Math.floor(random() * 40);
    chunks.push(bytes.slice(at, at + size));
    at += size;
  }
  return chunks;
}

/** Feeds `bytes`, and then completes an end that they contain: the test sends nothing before it. */
export function feed(connection: Connection, bytes: Uint8Array, how: Split = 'whole'): void {
  for (const chunk of split(bytes, how)) connection.receive(chunk, 0);
  connection.conclude();
}
