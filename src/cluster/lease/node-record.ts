import { jsonObject } from '../broker/json-object.ts';

/** Where the other nodes reach a node. */
export interface NodeAddress {
  readonly host: string;
  readonly port: number;
}

/** What a node tells the others of itself with every renewal. */
export interface NodeReport {
  /** For people: the option `label`. */
  readonly label: string;
  readonly address: NodeAddress;
  /** Whether it opens no rooms: it will leave, or has not begun to serve any. */
  readonly isDraining: boolean;
  readonly rooms: number;
  readonly players: number;
  /** Its number under `node:cluster`; null for none. */
  readonly worker: number | null;
  /** Of the primary process of `node:cluster`, so that only workers of the same one hand sockets over to each other. */
  readonly primary: string;
}

/** The record of a node, under `node.<id>`. */
export interface NodeRecord extends NodeReport {
  readonly id: string;
  /** The number of the renewal. */
  readonly sequence: number;
  /** Milliseconds. */
  readonly leaseTime: number;
  /** Whether another node has ended its lease. Such a record is never renewed. */
  readonly isEnded: boolean;
}

/** Milliseconds: a record with a longer lease is none. */
export const LONGEST_LEASE = 3_600_000;

const PREFIX = 'node.';

export function nodeKey(id: string): string {
  return PREFIX + id;
}

/** The id in the key of a node's record; null for another key. */
export function nodeOfKey(key: string): string | null {
  return key.startsWith(PREFIX) ? key.slice(PREFIX.length) : null;
}

/** The record of node `id`; null for a text that is none, of another program or another version. */
export function readNode(id: string, text: string): NodeRecord | null {
  const record = jsonObject(text);
  return isNode(record) && record.id === id ? record : null;
}

function isNode(value: unknown): value is NodeRecord {
  if (typeof value !== 'object' || value === null) return false;
  const record = value as Partial<Record<keyof NodeRecord, unknown>>; // checked below
  const { address } = record as { address?: { host?: unknown; port?: unknown } | null };
  const numbers = [record.sequence, record.leaseTime, record.rooms, record.players, address?.port];
  const texts = [record.id, record.label, record.primary, address?.host];
  const flags = [record.isDraining, record.isEnded];
  const leaseTime = Number(record.leaseTime);
  return (
    numbers.every((number) => typeof number === 'number') &&
    texts.every((text) => typeof text === 'string') &&
    flags.every((flag) => typeof flag === 'boolean') &&
    leaseTime > 0 &&
    leaseTime <= LONGEST_LEASE &&
    (record.worker === null || typeof record.worker === 'number')
  );
}
