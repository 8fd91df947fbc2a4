import { type Infer, type OptionalSchema, Schema } from '../../variant/index.ts';

/** @internal */
type Reading = Parameters<Schema<unknown>['read']>;
/** @internal */
type Writing<T> = Parameters<Schema<T>['write']>;
/** @internal */
type Found = ReturnType<Schema<unknown>['problem']>;

/** Wraps another schema for use in a list of arguments. */
abstract class ArgumentSchema<T> extends Schema<T> {
  readonly inner: Schema<T>;

  constructor(name: string, inner: Schema<T>) {
    super(name, inner.elementType);
    this.inner = inner;
  }

  /** @internal */
  read(...[from, depth]: Reading): T {
    return this.inner.read(from, depth);
  }

  /** @internal */
  write(...[to, value, depth]: Writing<T>): void {
    this.inner.write(to, value, depth);
  }

  /** @internal */
  problem(value: unknown): Found {
    return this.inner.problem(value);
  }
}

/** An argument that is not converted. */
export class StrictSchema<T> extends ArgumentSchema<T> {}

/** All remaining arguments. */
export class RestSchema<T> extends ArgumentSchema<T> {
  /** Distinguishes the static type from that of a single argument. */
  readonly isRest: true = true;
}

/**
 * An argument that must arrive as the schema's type, without conversion. `strict(int)` refuses `5.0` and `true`, which an
 * `int` parameter of a script accepts, and the schema `int` as well.
 */
export function strict<T>(schema: Schema<T>): Schema<T> {
  return new StrictSchema(schema.name, schema);
}

/** The last of a method's schemas: any number of further arguments, like `...values` in a script (4.5 and newer). */
export function rest<T>(schema: Schema<T>): RestSchema<T> {
  return new RestSchema(`...${schema.name}`, schema);
}

/**
 * The static types of a method's arguments. Arguments of `optional` may be left out; `rest` stands for any number of
 * arguments.
 */
export type Arguments<
  Schemas extends readonly Schema<unknown>[],
  Before extends readonly unknown[] = [],
> = Schemas extends readonly [infer First extends Schema<unknown>, ...infer More extends readonly Schema<unknown>[]]
  ? First extends RestSchema<infer T>
    ? [...Before, ...T[]]
    : First extends OptionalSchema<infer T>
      ? Arguments<More, [...Before, T?]>
      : Arguments<More, [...Before, Infer<First>]>
  : number extends Schemas['length']
    ? [...Before, ...Infer<Schemas[number]>[]]
    : Before;
