import { type VariantInput, variantText } from '../../variant/index.ts';
import type { DecodedProperty, DecodedState, PacketContent } from './decoded-packet.ts';

/** Digits of bytes that are shown. */
const MOST_BYTES = 32;
/** Characters of a name or path that are shown. */
const LONGEST_NAME = 200;

/** One line about a packet, of at most about `longest` characters. */
export function packetText(packet: PacketContent, longest: number): string {
  switch (packet.kind) {
    case 'id-assignment':
      return `id ${packet.id}`;
    case 'sys-add-peer':
      return `add peer ${packet.id}`;
    case 'sys-del-peer':
      return `delete peer ${packet.id}`;
    case 'relay':
      return `relay ${relayEnd(packet.source, packet.destination)}: ${packet.packet.text}`;
    case 'auth':
      return packet.data.length === 0 ? 'auth complete' : `auth ${bytesText(packet.data)}`;
    case 'rpc': {
      const method = packet.name === null ? `#${packet.method}` : nameText(packet.name);
      const list = variantText(packet.arguments as readonly VariantInput[], longest);
      // The brackets of the list are those of the call.
      return `rpc ${nodeText(packet.path, packet.node)}.${method}(${list.slice(1, list.endsWith(']') ? -1 : undefined)})`;
    }
    case 'simplify-path': {
      const remark = packet.isAsDeclared === false ? ', methods differ from the declared ones' : '';
      return `path ${packet.number} = ${nameText(packet.path)}${remark}`;
    }
    case 'confirm-path':
      return `confirm path ${pathText(packet.path, packet.number)}${packet.isEqual ? '' : ', methods differ'}`;
    case 'raw':
      return `raw ${bytesText(packet.data)}`;
    case 'spawn': {
      const made =
        packet.scene === null ? `custom ${variantText(packet.argument ?? null, longest)}` : `scene ${packet.scene}`;
      const by = nodeText(packet.spawnerPath, packet.spawner);
      const values = packet.values.length === 0 ? '' : `: ${valuesText(packet.values, longest)}`;
      return cut(`spawn ${nameText(packet.node)} (net id ${packet.netId}) by ${by}, ${made}${values}`, longest);
    }
    case 'despawn':
      return `despawn ${nodeText(packet.node, packet.netId)}`;
    case 'sync':
      return `sync ${packet.time}: ${statesText(packet.states, longest)}`;
    case 'delta':
      return `delta ${statesText(packet.states, longest)}`;
    case 'unreadable':
      return `unreadable ${bytesText(packet.data)}: ${nameText(packet.reason)}`;
  }
}

/** A name or path, with escapes, without quotation marks around it. */
export function nameText(name: string): string {
  const text = variantText(name, LONGEST_NAME);
  return text.slice(1, text.endsWith('"') ? -1 : undefined);
}

function relayEnd(source: number | null, destination: number | null): string {
  if (source !== null) return `from ${source}`;
  if (destination === null || destination === 0) return 'to all';
  return destination > 0 ? `to ${destination}` : `to all but ${-destination}`;
}

/** A path, or the number when the path is not known. */
function nodeText(path: string | null, number: number | null): string {
  return path === null ? `#${number}` : nameText(path);
}

function pathText(path: string | null, number: number): string {
  return path === null ? `${number}` : `${number} = ${nameText(path)}`;
}

function bytesText(bytes: Uint8Array): string {
  let digits = '';
  for (const byte of bytes.subarray(0, MOST_BYTES)) digits += byte.toString(16).padStart(2, '0');
  return `${bytes.length} bytes ${digits}${bytes.length > MOST_BYTES ? '…' : ''}`;
}

function statesText(states: readonly DecodedState[], longest: number): string {
  return joined(states, '; ', longest, ({ netId, node, values }, room) => {
    const path = node === null ? `#${netId >= 0x8000_0000 ? `path ${netId - 0x8000_0000}` : netId}` : nameText(node);
    return `${path} ${valuesText(values, room)}`;
  });
}

function valuesText(values: readonly DecodedProperty[], longest: number): string {
  return joined(values, ', ', longest, ({ name, value }, room) => {
    const text = variantText(value, room);
    return name === null ? text : `${nameText(name)}=${text}`;
  });
}

/** The texts of all items; `…` from where they would be too long. */
function joined<T>(
  items: readonly T[],
  comma: string,
  longest: number,
  textOf: (item: T, room: number) => string,
): string {
  let text = '';
  for (const item of items) {
    if (text.length >= longest) return `${text}…`;
    text += `${text === '' ? '' : comma}${textOf(item, Math.max(1, longest - text.length))}`;
  }
  return text;
}

function cut(text: string, longest: number): string {
  return text.length > longest + LONGEST_NAME ? `${text.slice(0, longest + LONGEST_NAME - 1)}…` : text;
}
