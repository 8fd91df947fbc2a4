import type { Schema } from '../../variant/index.ts';
import { RestSchema } from './argument-schemas.ts';

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
          `argument ${index + 1} cannot be ${schema?.name}: required arguments come first, then optional ones, rest() last`,
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
