import type { ErrorCode } from '../../error-code.ts';
import type { Failure } from '../../failure.ts';

/** Why bytes could not be decoded as the requested value. */
export interface VariantFailure extends Failure {
  /**
   * `TICKPEER_INVALID_VARIANT`: no engine would have sent these bytes, or they exceed a limit.
   * `TICKPEER_UNEXPECTED_VARIANT`: a valid value that does not match the schema.
   */
  readonly code: 'TICKPEER_INVALID_VARIANT' | 'TICKPEER_UNEXPECTED_VARIANT';
  /**
   * What the engine's decoder returns (docs/engine/variant-format.md#limits-and-errors): `ERR_INVALID_DATA`; `ERR_FILE_EOF`, a
   * string is cut off; `ERR_UNAUTHORIZED`, a full object; `ERR_OUT_OF_MEMORY`, nested too deep.
   */
  readonly error: ErrorCode;
  /** The offset of the byte where decoding failed, from the first byte that was given. */
  readonly offset: number;
  /** Where in the value, such as `players[3].hp`. Empty for the value as a whole, and without a schema. */
  readonly path: string;
}

/**
 * Thrown by a decoder, and turned into a `VariantFailure` before it leaves this module. It is not an Error: a stack trace
 * costs more than decoding a packet, and an attacker can send many invalid packets. For the same reason the decoder throws
 * instead of returning `T | Failure`: a check of every value that is read would slow down valid packets.
 */
export class Refusal {
  readonly code: VariantFailure['code'];
  readonly error: ErrorCode;
  readonly problem: string;
  readonly offset: number;
  /** Each container prepends its segment. */
  path = '';

  constructor(code: VariantFailure['code'], error: ErrorCode, problem: string, offset: number) {
    this.code = code;
    this.error = error;
    this.problem = problem;
    this.offset = offset;
  }

  toFailure(): VariantFailure {
    const { code, error, problem, offset } = this;
    const path = this.path.replace(/^\./, '');
    return { code, error, message: `${path && `${path}: `}${problem} (at byte ${offset})`, offset, path };
  }
}
