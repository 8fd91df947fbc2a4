/** How bytes are decoded. */
export interface DecodeOptions {
  /**
   * How a FLOAT that is a whole number is decoded. `'exact'`, the default: a `Float`, so that it goes back out as FLOAT.
   * `'number'`: a number like any other, which goes back out as INT. All other FLOATs are numbers either way.
   */
  readonly floats?: 'exact' | 'number';
  /** Whether full objects are decoded, as `FullObject`. For trusted senders only. Default: false: `ERR_UNAUTHORIZED`. */
  readonly allowObjects?: boolean;
}
