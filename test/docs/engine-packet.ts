import { rpc } from 'tickpeer/multiplayer';
import { type Variant, VariantWriter, variant } from 'tickpeer/variant';
import { writeArguments } from '../../src/multiplayer/rpc/argument-codec.ts';
import { ArgumentList } from '../../src/multiplayer/rpc/argument-list.ts';
import { RpcTable } from '../../src/multiplayer/rpc/rpc-table.ts';
import { CompressedReader, writeCompressed } from '../../src/multiplayer/wire/compressed-variant.ts';
import { writeIdMessage } from '../../src/multiplayer/wire/id-message.ts';
import { confirmPathPacket, simplifyPathPacket } from '../../src/multiplayer/wire/path-packet.ts';
import { rawPacket } from '../../src/multiplayer/wire/raw-packet.ts';
import { finishCall, HEADER_ROOM } from '../../src/multiplayer/wire/rpc-packet.ts';
import { authPacket, SysCommand, sysPacket } from '../../src/multiplayer/wire/sys-packet.ts';
import { type Call, type Notation, parseNotation, toValue } from './engine-notation.ts';

const utf8 = new TextEncoder();

/** The library's table for a list of methods, `move, ping; node: zap`: those of the script, then those of the node. */
export function tableOf(methods: string): RpcTable<ReturnType<typeof rpc.anyPeer>> {
  const [script = '', node = ''] = methods.split(/; node: |^node: /);
  const namesOf = (list: string): string[] => list.split(', ').filter(Boolean);
  return new RpcTable(
    Object.fromEntries([
      ...namesOf(script).map((name) => [name, rpc.anyPeer([])]),
      ...namesOf(node).map((name) => [name, rpc.anyPeer([], { nodeConfig: true })]),
    ]),
  );
}

/** A value as the library writes it for an argument. */
export function compress(value: Variant): Uint8Array {
  const writer = new VariantWriter();
  writeCompressed(writer, variant, value);
  return writer.toBytes();
}

/** Consecutive arguments in some bytes, as the library reads them. Throws for those that it refuses. */
export function decompress(bytes: Uint8Array): { value: Variant; bytes: Uint8Array }[] {
  const reader = new CompressedReader();
  reader.begin(bytes, 0, bytes.length, false);
  const found: { value: Variant; bytes: Uint8Array }[] = [];
  while (reader.at < bytes.length) {
    const start = reader.at;
    const value = reader.read(variant);
    if (reader.failure !== null) throw new Error(reader.failure);
    found.push({ value: value!, bytes: bytes.slice(start, reader.at) });
  }
  return found;
}

/** A packet as the library writes it, from `RELAY(7, CALL(1, 0, 300))`. */
export function writePacket(text: string): Uint8Array {
  return write(parseNotation(text));
}

function write(packet: Notation): Uint8Array {
  if (packet.kind !== 'call') throw new Error('a packet was expected');
  const { args } = packet;
  switch (packet.name) {
    case 'ID':
      return writeIdMessage(numberAt(args, 0));
    case 'ADD_PEER':
      return sysPacket(SysCommand.ADD_PEER, numberAt(args, 0));
    case 'DEL_PEER':
      return sysPacket(SysCommand.DEL_PEER, numberAt(args, 0));
    case 'RELAY':
      return sysPacket(SysCommand.RELAY, numberAt(args, 0), write(args[1]!));
    case 'AUTH':
      return authPacket(args.length === 0 ? undefined : utf8.encode(textAt(args, 0)));
    case 'RAW':
      return rawPacket(utf8.encode(textAt(args, 0)));
    case 'SIMPLIFY_PATH': {
      const path = utf8.encode(`${textAt(args, 1)}\0`);
      return simplifyPathPacket(tableOf(textAt(args, 2)).md5, numberAt(args, 0), path);
    }
    case 'CONFIRM_PATH':
      return confirmPathPacket(valueAt(args, 1) === true, numberAt(args, 0));
    case 'CALL':
      return writeCall(packet);
    default:
      throw new Error(`${packet.name} is no packet`);
  }
}

/** `CALL(node, method, arguments…)`; the node is its number, `wide(its number)`, or its path. */
function writeCall({ args }: Call): Uint8Array {
  const [node, , ...rest] = args;
  const isWide = node?.kind === 'call' && node.name === 'wide';
  const address = isWide ? numberAt(node.args, 0) : valueAt(args, 0);
  const values = rest.map(toValue);
  const schemas = values.map(() => variant);
  const writer = new VariantWriter();
  writer.reserve(HEADER_ROOM);
  writer.size = HEADER_ROOM;
  const isRaw = writeArguments(writer, 'method', 'Node', new ArgumentList(schemas), values);
  const path = typeof address === 'string' ? utf8.encode(`${address}\0`) : null;
  const number = typeof address === 'number' ? address : 0;
  return finishCall(writer, writer.size, number, path, isWide, numberAt(args, 1), isRaw).slice();
}

function valueAt(args: readonly Notation[], at: number): Variant {
  const found = args[at];
  if (found === undefined) throw new Error('an argument is missing');
  return toValue(found);
}

function numberAt(args: readonly Notation[], at: number): number {
  const found = valueAt(args, at);
  if (typeof found !== 'number') throw new Error('a number was expected');
  return found;
}

function textAt(args: readonly Notation[], at: number): string {
  const found = valueAt(args, at);
  if (typeof found !== 'string') throw new Error('a text was expected');
  return found;
}
