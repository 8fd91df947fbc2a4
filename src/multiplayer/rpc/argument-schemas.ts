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

/** The schemas of a method's arguments, and how many arguments it accepts. */
export class ArgumentList {
  readonly schemas: readonly Schema<unknown>[];
  /** The fewest arguments that are accepted. */
  readonly least: number;
  /** The most arguments that are accepted: 255 with `rest`, the maximum of a call. */
  readonly most: number;

  /** Throws `TypeError` when a required argument follows an optional one, or any argument follows `rest`. */
  constructor(schemas: readonly Schema<unknown>[]) {
    if (schemas.length > MOST) throw new RangeError(`a method has at most ${MOST} arguments`);
    const firstOptional = schemas.findIndex((schema) => isOptional(schema) || schema instanceof RestSchema);
    this.schemas = schemas;
    this.least = firstOptional < 0 ? schemas.length : firstOptional;
    this.most = schemas.at(-1) instanceof RestSchema ? MOST : schemas.length;
    for (let index = this.least; index < schemas.length; index++) {
      const schema = schemas[index];
      if (schema instanceof RestSchema ? index < schemas.length - 1 : !isOptional(schema)) {
        throw new TypeError(
          `argument ${index + 1} cannot be ${schema?.name}: first those that have to be there, then those that may be missing, rest last`,
        );
      }
    }
  }

  /** The schema of argument `index`. */
  at(index: number): Schema<unknown> {
    const { schemas } = this;
    return schemas[index < schemas.length ? index : schemas.length - 1]!; // the last is `rest`
  }

  takes(count: number): boolean {
    return count >= this.least && count <= this.most;
  }

  /** The accepted counts, for messages: `2`, `1 to 2`, `at least 1`. */
  get range(): string {
    const { least, most } = this;
    return least === most ? `${least}` : most === MOST ? `at least ${least}` : `${least} to ${most}`;
  }
}

/** The count of arguments is one byte. */
const MOST = 255;

function isOptional(schema: Schema<unknown> | undefined): boolean {
  return schema !== undefined && 'isOptional' in schema;
}
