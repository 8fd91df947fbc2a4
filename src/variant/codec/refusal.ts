import type { ErrorCode } from '../../error-code.ts';
import type { Failure } from '../../failure.ts';

/** Why bytes are not the Variant that was asked for. */
export interface VariantFailure extends Failure {
  /**
   * `TICKPEER_INVALID_VARIANT`: no engine would have sent these bytes, or a limit was met.
   * `TICKPEER_UNEXPECTED_VARIANT`: a sound value, but not the one that the schema describes.
   */
  readonly code: 'TICKPEER_INVALID_VARIANT' | 'TICKPEER_UNEXPECTED_VARIANT';
  /**
   * What the engine's decoder returns (docs/engine/variant-format.md#limits-and-errors): `ERR_INVALID_DATA`; `ERR_FILE_EOF`, a
   * string is cut off; `ERR_UNAUTHORIZED`, a full object; `ERR_OUT_OF_MEMORY`, nested too deep.
   */
  readonly error: ErrorCode;
  /** The byte where it went wrong, counted from the first of those that were given. */
  readonly offset: number;
  /** The place in the value, by a schema: `players[3].hp`. Empty at the top, and without a schema. */
  readonly path: string;
}

/**
 * Thrown by a decoder, and turned into a `VariantFailure` before it leaves this room. It is not an Error: a stack trace costs
 * more than decoding a packet, and an attacker can send many invalid packets. For the same reason the decoder throws instead of
 * returning `T | Failure`: a check of every value that is read would slow down valid packets.
 */
export class Refusal {
  readonly code: VariantFailure['code'];
  readonly error: ErrorCode;
  readonly problem: string;
  readonly offset: number;
  /** Each container prepends its part. */
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
