import type { Schema, VariantWriter } from '../variant/index.ts';
import { CompressedReader, writeCompressed } from './compressed-variant.ts';
import type { CallHeader } from './rpc-packet.ts';

type Schemas = readonly Schema<unknown>[];

/**
 * Whether the arguments go without a count, as bytes alone: there are none, or one that is bytes. An empty one arrives as
 * none at all that way, so it goes the long way, other than in the engine (issue #95247).
 */
export function isRawCall(schemas: Schemas, args: readonly unknown[]): boolean {
  if (schemas.length === 0) return true;
  return schemas.length === 1 && args[0] instanceof Uint8Array && args[0].length > 0;
}

/** Writes the count and each argument. Throws a `TypeError` for one that does not fit. */
export function writeArguments(writer: VariantWriter, name: string, schemas: Schemas, args: readonly unknown[]): void {
  if (args.length !== schemas.length) {
    throw new TypeError(`"${name}" takes ${schemas.length} arguments, not ${args.length}`);
  }
  writer.writeU8(args.length);
  for (const [index, schema] of schemas.entries()) writeCompressed(writer, schema, args[index]);
}

/** The arguments of a call, when they are those that are declared; otherwise what is wrong with them. */
export function readArguments(
  packet: Uint8Array,
  { argumentsStart, argumentsEnd, isRaw }: CallHeader,
  schemas: Schemas,
  allowsObjects: boolean,
): readonly unknown[] | string {
  if (isRaw) return readRaw(packet.subarray(argumentsStart, argumentsEnd), schemas);
  if (argumentsStart >= argumentsEnd) return 'the count of the arguments is missing';
  const count = packet[argumentsStart]!;
  if (count !== schemas.length) return `${count} arguments came, it takes ${schemas.length}`;
  const reader = new CompressedReader(packet, argumentsStart + 1, argumentsEnd, allowsObjects);
  const args: unknown[] = [];
  for (let index = 0; index < count; index++) {
    args.push(reader.read(schemas[index]!));
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
