/** The engine's lower bound of both sizes. */
const LEAST_SIZE = 128;

/** The most bytes of SYNC and DELTA, as the engine's properties of `SceneMultiplayer`. */
export class PacketSizes {
  maxSyncPacketSize = 1350;
  maxDeltaPacketSize = 65_535;
}

/** Throws `RangeError` for a size that the engine does not allow. */
export function checkPacketSize(name: string, size: number): number {
  if (!(Number.isInteger(size) && size >= LEAST_SIZE))
    throw new RangeError(`${name} is at least ${LEAST_SIZE} bytes, not ${size}`);
  return size;
}
