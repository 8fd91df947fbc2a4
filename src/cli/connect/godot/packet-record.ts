import type { DecodedPacket } from '../../../multiplayer/index.ts';
import { variantText } from '../../../variant/index.ts';
import { escapedForJson } from '../../terminal/json-escape.ts';

/** Characters of one argument. */
const LONGEST_VALUE = 1_000_000;

/** A packet as one line of JSON: `--json`. Variants are texts as scripts have them. */
export function packetRecord(packet: DecodedPacket, time: Date): string {
  return escapedForJson(JSON.stringify({ event: 'packet', time: time.toISOString(), ...fieldsOf(packet) }));
}

function fieldsOf(packet: DecodedPacket): object {
  const { kind, from, to, size, text } = packet;
  const common = { kind, from, to, size, text };
  switch (packet.kind) {
    case 'rpc': {
      const { path, node, method, name } = packet;
      const args = packet.arguments.map((value) => variantText(value, LONGEST_VALUE));
      return { ...common, path, node, method, name, arguments: args };
    }
    case 'relay':
      return { ...common, source: packet.source, destination: packet.destination, packet: fieldsOf(packet.packet) };
    case 'raw':
    case 'auth':
      return { ...common, base64: base64(packet.data) };
    case 'unreadable':
      return { ...common, reason: packet.reason, base64: base64(packet.data) };
    case 'simplify-path':
      return { ...common, number: packet.number, path: packet.path };
    case 'confirm-path':
      return { ...common, number: packet.number, path: packet.path, isEqual: packet.isEqual };
    case 'spawn': {
      const { node, netId, spawnerPath, scene, values } = packet;
      return { ...common, node, netId, spawnerPath, scene, values: values.map(property) };
    }
    case 'despawn':
      return { ...common, node: packet.node, netId: packet.netId };
    case 'sync':
    case 'delta': {
      const states = packet.states.map(({ node, netId, values }) => ({ node, netId, values: values.map(property) }));
      return { ...common, states };
    }
    default:
      return { ...common, id: packet.id };
  }
}

function property({
  name,
  value,
}: {
  readonly name: string | null;
  readonly value: Parameters<typeof variantText>[0];
}) {
  return { name, value: variantText(value, LONGEST_VALUE) };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}
