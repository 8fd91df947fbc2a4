import { isBytes } from '../../bytes.ts';
import { isFailure } from '../../failure.ts';
import { type Schema, type VariantWriter, varToBytes } from '../../variant/index.ts';
import { type CompressedReader, writeCompressed } from '../wire/compressed-variant.ts';
import type { CallHeader } from '../wire/rpc-packet.ts';
import { readConverted } from './argument-conversion.ts';
import type { ArgumentList } from './argument-schemas.ts';

/**
 * Writes the count and each argument; throws a `TypeError` for one that does not fit. True for the short form, bytes alone:
 * there are none, or one that is bytes. An empty one would arrive as none at all that way, so it goes the long way, other
 * than in the engine (issue #95247).
 */
export function writeArguments(
  writer: VariantWriter,
  name: string,
  path: string,
  list: ArgumentList,
  args: readonly unknown[],
): boolean {
  let count = args.length;
  // As a call in TypeScript leaves them out.
  while (count > list.least && args[count - 1] === undefined) count--;
  if (!list.takes(count))
    throw new TypeError(`"${name}" of "${path}" takes ${list.range} arguments, not ${args.length}`);
  if (count === 0) return true;
  const [first] = args;
  if (count === 1 && isBytes(first) && first.length > 0) {
    const problem = list.at(0).check(first);
    if (problem) throw misfit(name, path, 0, problem.message);
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

/** The arguments of a call, when they are those that are declared; otherwise what is wrong with them. */
export function readArguments(
  reader: CompressedReader,
  packet: Uint8Array,
  { argumentsStart, argumentsEnd, isRaw }: CallHeader,
  list: ArgumentList,
  allowsObjects: boolean,
): readonly unknown[] | string {
  if (isRaw) return readRaw(packet.subarray(argumentsStart, argumentsEnd), list);
  if (argumentsStart >= argumentsEnd) return 'the count of the arguments is missing';
  const count = packet[argumentsStart]!;
  if (!list.takes(count)) return `${count} arguments came, it takes ${list.range}`;
  reader.begin(packet, argumentsStart + 1, argumentsEnd, allowsObjects);
  const args = new Array<unknown>(count);
  for (let index = 0; index < count; index++) {
    args[index] = reader.read(list.at(index));
    if (reader.failure !== null) return `argument ${index + 1}: ${reader.failure}`;
  }
  return reader.at === argumentsEnd ? args : `${argumentsEnd - reader.at} bytes came behind the arguments`;
}

/** Nothing, or all that there is as bytes. */
function readRaw(bytes: Uint8Array, list: ArgumentList): readonly unknown[] | string {
  if (bytes.length === 0 && list.takes(0)) return [];
  if (!list.takes(1)) return `${bytes.length > 0 ? 'bytes' : 'no arguments'} came, it takes ${list.range}`;
  const schema: Schema<unknown> = list.at(0);
  // Of its own memory: the handler may keep it.
  const copy = bytes.slice();
  if (schema.check(copy) === null) return [copy];
  const converted = readConverted(schema, copy);
  if (converted !== null) return [converted.value];
  // The schema says it better than its check: as of any value that came.
  const result = schema.decode(varToBytes(copy));
  return `argument 1: ${isFailure(result) ? result.message : schema.name}`;
}
