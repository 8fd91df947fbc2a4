import { isBytes } from '../../bytes.ts';
import { type Failure, isFailure } from '../../failure.ts';
import { type Schema, type VariantWriter, varToBytes } from '../../variant/index.ts';
import { type CompressedReader, writeCompressed } from '../wire/compressed-variant.ts';
import type { CallHeader } from '../wire/rpc-packet.ts';
import { readConverted } from './argument-conversion.ts';
import type { ArgumentList } from './argument-list.ts';

/**
 * Writes the arguments of a call. Throws a `TypeError` for one that does not match its schema. Returns whether they are in
 * the short form: no arguments, or a single PackedByteArray, without a count. Empty bytes are written in the long form,
 * because in the short form they would arrive as no arguments. The engine does not make this difference
 * (docs/engine/multiplayer-wire.md#receiving-a-call).
 */
export function writeArguments(
  writer: VariantWriter,
  name: string,
  path: string,
  list: ArgumentList,
  args: readonly unknown[],
): boolean {
  let count = args.length;
  // Undefined arguments at the end count as left out.
  while (count > list.least && args[count - 1] === undefined) count--;
  if (!list.takes(count))
    throw new TypeError(`"${name}" of "${path}" takes ${list.range} arguments, not ${args.length}`);
  if (count === 0) return true;
  const [first] = args;
  if (count === 1 && isBytes(first) && first.length > 0) {
    const mismatch = list.at(0).check(first);
    if (mismatch !== null) throw misfit(name, path, 0, mismatch.message);
    writer.writeBytes(first);
    return true;
  }
  writer.writeU8(count);
  let index = 0;
  try {
    for (; index < count; index++) writeCompressed(writer, list.at(index), args[index]);
  } catch (error) {
    throw error instanceof TypeError ? misfit(name, path, index, error.message) : error;
  }
  return false;
}

function misfit(name: string, path: string, index: number, problem: string): TypeError {
  return new TypeError(`"${name}" of "${path}": argument ${index + 1}: ${problem}`);
}

/** Reads the arguments of a call by their schemas. The failure's message does not name the method. */
export function readArguments(
  reader: CompressedReader,
  packet: Uint8Array,
  { argumentsStart, argumentsEnd, isRaw }: CallHeader,
  list: ArgumentList,
  allowsObjects: boolean,
): readonly unknown[] | Failure {
  if (isRaw) return readRaw(packet.subarray(argumentsStart, argumentsEnd), list);
  if (argumentsStart >= argumentsEnd) return problem('the count of the arguments is missing');
  const count = packet[argumentsStart]!;
  if (!list.takes(count)) return problem(`${count} arguments arrived, the method takes ${list.range}`);
  reader.begin(packet, argumentsStart + 1, argumentsEnd, allowsObjects);
  const args = new Array<unknown>(count);
  for (let index = 0; index < count; index++) {
    args[index] = reader.read(list.at(index));
    if (reader.failure !== null) return problem(`argument ${index + 1}: ${reader.failure}`);
  }
  return reader.at === argumentsEnd ? args : problem(`${argumentsEnd - reader.at} bytes follow the arguments`);
}

/** Reads the arguments of the short form: none, or all bytes as one. */
function readRaw(bytes: Uint8Array, list: ArgumentList): readonly unknown[] | Failure {
  if (bytes.length === 0 && list.takes(0)) return [];
  if (!list.takes(1))
    return problem(`${bytes.length > 0 ? 'bytes' : 'no arguments'} arrived, the method takes ${list.range}`);
  const schema: Schema<unknown> = list.at(0);
  // A copy, because the handler may keep it and the packet's memory may be reused.
  const copy = bytes.slice();
  if (schema.check(copy) === null) return [copy];
  const converted = readConverted(schema, copy);
  if (converted !== null) return [converted.value];
  // Decoding gives the same message as for all other arguments.
  const result = schema.decode(varToBytes(copy));
  return problem(`argument 1: ${isFailure(result) ? result.message : schema.name}`);
}

function problem(message: string): Failure {
  return { code: 'TICKPEER_RPC_ARGUMENTS', message };
}
