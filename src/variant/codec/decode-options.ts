/** How bytes are decoded. */
export interface DecodeOptions {
  /**
   * How a FLOAT with an integer value is decoded. `'exact'`, the default: as a `Float`, which is encoded as FLOAT again.
   * `'number'`: as a plain number, which is encoded as INT. All other FLOATs are decoded as numbers in both cases.
   */
  readonly floats?: 'exact' | 'number';
  /**
   * Whether full objects are decoded, as `FullObject`. For trusted senders only. Default: false; they are refused with
   * `ERR_UNAUTHORIZED`.
   */
  readonly allowObjects?: boolean;
}
