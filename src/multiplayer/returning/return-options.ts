/** How players come back whose connection was cut (docs/returning.md). */
export interface ReturnOptions {
  /** Seconds for which a player whose connection has ended stays; `Infinity` for ever. Default: 30. */
  readonly graceTime?: number;
  /**
   * The most players that are away, or have come back and are still sent what they have missed. Above that, a player whose connection ends has
   * left for good. Default: 1024.
   */
  readonly awayPlayers?: number;
  /** The most packets that wait for one player. Default: 1024. */
  readonly heldPackets?: number;
  /** The most bytes that wait for one player. Default: 256 KiB. */
  readonly heldBytes?: number;
}

const DEFAULTS: Required<ReturnOptions> = {
  graceTime: 30,
  awayPlayers: 1024,
  heldPackets: 1024,
  heldBytes: 256 * 1024,
};

/** The options with their defaults; null where nobody comes back. Throws for options that cannot be used. */
export function checkReturnOptions(returning: boolean | ReturnOptions): Required<ReturnOptions> | null {
  if (returning === false) return null;
  if (returning !== true && (typeof returning !== 'object' || returning === null)) {
    throw new TypeError('returning is true, false or an object');
  }
  const checked = { ...DEFAULTS, ...(returning === true ? {} : returning) };
  const { graceTime, awayPlayers, heldPackets, heldBytes } = checked;
  if (!(graceTime > 0)) throw new RangeError(`returning.graceTime is a number of seconds, above 0, not ${graceTime}`);
  for (const [name, value] of Object.entries({ awayPlayers, heldPackets, heldBytes })) {
    if (!(value >= 0)) throw new RangeError(`returning.${name} is a number, 0 or more, not ${value}`);
  }
  return checked;
}
