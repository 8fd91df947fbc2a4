import { isBytes } from '../bytes.ts';
import type { Schema, VariantWriter } from '../variant/index.ts';
import { type CompressedReader, writeCompressed } from './compressed-variant.ts';
import type { CallHeader } from './rpc-packet.ts';

type Schemas = readonly Schema<unknown>[];

/**
 * Writes the count and each argument; throws a `TypeError` for one that does not fit. True for the short form, bytes alone:
 * there are none, or one that is bytes. An empty one would arrive as none at all that way, so it goes the long way, other
 * than in the engine (issue #95247).
 */
export function writeArguments(
  writer: VariantWriter,
  name: string,
  schemas: Schemas,
  args: readonly unknown[],
): boolean {
  const count = schemas.length;
  if (args.length !== count) throw new TypeError(`"${name}" takes ${count} arguments, not ${args.length}`);
  if (count === 0) return true;
  const [first] = args;
  if (count === 1 && isBytes(first) && first.length > 0) {
    const problem = schemas[0]?.check(first);
    if (problem) throw new TypeError(problem.message);
    writer.writeBytes(first);
    return true;
  }
  writer.writeU8(count);
  for (let index = 0; index < count; index++) writeCompressed(writer, schemas[index]!, args[index]);
  return false;
}

/** The arguments of a call, when they are those that are declared; otherwise what is wrong with them. */
export function readArguments(
  reader: CompressedReader,
  packet: Uint8Array,
  { argumentsStart, argumentsEnd, isRaw }: CallHeader,
  schemas: Schemas,
  allowsObjects: boolean,
): readonly unknown[] | string {
  if (isRaw) return readRaw(packet.subarray(argumentsStart, argumentsEnd), schemas);
  if (argumentsStart >= argumentsEnd) return 'the count of the arguments is missing';
  const count = packet[argumentsStart]!;
  if (count !== schemas.length) return `${count} arguments came, it takes ${schemas.length}`;
  reader.begin(packet, argumentsStart + 1, argumentsEnd, allowsObjects);
  const args = new Array<unknown>(count);
  for (let index = 0; index < count; index++) {
    args[index] = reader.read(schemas[index]!);
    if (reader.failure !== null) return `argument ${index + 1}: ${reader.failure}`;
  }
  return reader.at === argumentsEnd ? args : `${argumentsEnd - reader.at} bytes came behind the arguments`;
}

/** Nothing, or all that there is as bytes. */
function readRaw(bytes: Uint8Array, schemas: Schemas): readonly unknown[] | string {
  if (bytes.length === 0 && schemas.length === 0) return [];
  const [schema] = schemas;
  if (schemas.length !== 1 || schema === undefined) {
    return `${bytes.length > 0 ? 'bytes' : 'no arguments'} came, it takes ${schemas.length}`;
  }
  // Of its own memory: the handler may keep it.
  const copy = bytes.slice();
  const problem = schema.check(copy);
  return problem === null ? [copy] : `argument 1: ${problem.message}`;
}
