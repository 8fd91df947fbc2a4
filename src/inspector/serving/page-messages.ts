import type { PageMessage, PeerOrder, RoomOrder } from '../feed/messages.ts';

const ORDERS: readonly PeerOrder[] = [
  'key',
  'id',
  'address',
  'roundTrip',
  'bytesIn',
  'bytesOut',
  'outbound',
  'inbound',
];
const ROOM_ORDERS: readonly RoomOrder[] = [
  'code',
  'kind',
  'players',
  'tickMean',
  'tickMost',
  'bytesIn',
  'bytesOut',
  'faults',
];
/** Of a search or a path. A close reason has at most 123 bytes (RFC 6455 5.5); the peer cuts longer ones. */
const LONGEST_TEXT = 200;
/** Milliseconds. */
const LONGEST_DELAY = 10_000;
const LONGEST_STALL = 60_000;

type Fields = Readonly<Record<string, unknown>>;

/** A page's message; null for text that is none. Numbers are within their limits, and texts are short. */
export function readPageMessage(text: string): PageMessage | null {
  const fields = parse(text);
  if (fields === null) return null;
  const peer = numberIn(fields, 'peer', 0, Number.MAX_SAFE_INTEGER);
  switch (fields['type']) {
    case 'view':
      return {
        type: 'view',
        showsPeers: fields['showsPeers'] !== false,
        order: oneOf(ORDERS, fields['order'], 'key'),
        isDescending: fields['isDescending'] === true,
        search: textIn(fields, 'search'),
        chosen: numberIn(fields, 'chosen', 0, Number.MAX_SAFE_INTEGER),
        showsPaths: fields['showsPaths'] === true,
        room: textIn(fields, 'room').toUpperCase(),
        showsRooms: fields['showsRooms'] === true,
        roomOrder: oneOf(ROOM_ORDERS, fields['roomOrder'], 'code'),
        isRoomsDescending: fields['isRoomsDescending'] === true,
        roomSearch: textIn(fields, 'roomSearch'),
        showsCluster: fields['showsCluster'] === true,
        clusterSearch: textIn(fields, 'clusterSearch'),
        showsTraffic: fields['showsTraffic'] === true,
        showsNodes: fields['showsNodes'] === true,
        nodeSearch: textIn(fields, 'nodeSearch'),
        node: textIn(fields, 'node'),
      };
    case 'kick':
      return { type: 'kick', peer, reason: textIn(fields, 'reason') };
    case 'line': {
      const latency = numberIn(fields, 'latency', 0, LONGEST_DELAY);
      return { type: 'line', peer, latency, jitter: numberIn(fields, 'jitter', 0, LONGEST_DELAY) };
    }
    case 'stall':
      return { type: 'stall', peer, milliseconds: numberIn(fields, 'milliseconds', 0, LONGEST_STALL) };
    case 'follow':
      return { type: 'follow', peer };
    default:
      return null;
  }
}

function parse(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null; // an object
  } catch {
    return null; // not JSON
  }
}

function oneOf<T>(values: readonly T[], value: unknown, otherwise: T): T {
  return values.find((one) => one === value) ?? otherwise;
}

function textIn(fields: Fields, name: string): string {
  const value = fields[name];
  return typeof value === 'string' ? value.slice(0, LONGEST_TEXT) : '';
}

function numberIn(fields: Fields, name: string, least: number, most: number): number {
  const value = fields[name];
  return typeof value === 'number' && Number.isFinite(value) ? Math.min(most, Math.max(least, value)) : least;
}
