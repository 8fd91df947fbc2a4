import type { DeflateSettings } from '../../protocol/index.ts';

/** How messages are compressed; every option has a default. `server` and `client` are the ends of the connection. */
export interface CompressionOptions {
  /**
   * The server compresses every message by itself (true) or may refer to earlier ones (false), which makes repetitive
   * messages much smaller and costs some 250 KiB of memory per connection on the server and 140 on the client. Default: true.
   */
  readonly serverNoContextTakeover?: boolean;
  /** The same for the client's messages, with the memory the other way round. Default: true. */
  readonly clientNoContextTakeover?: boolean;
  /** How far back the server may refer: 2 to the power of this, in bytes. 8 to 15. Default: 15. */
  readonly serverMaxWindowBits?: number;
  /** The same for the client's messages. Default: 15. */
  readonly clientMaxWindowBits?: number;
  /** Messages shorter than this many bytes are sent as they are. Default: 1024. */
  readonly threshold?: number;
  /** 0 (none) to 9 (smallest, slowest); -1 is zlib's own default, 6. Default: -1. */
  readonly level?: number;
  /** 1 to 9: memory of a compressor, 2 to the power of this + 9 bytes. Default: 8. */
  readonly memLevel?: number;
}

const DEFAULTS: DeflateSettings = {
  serverNoContextTakeover: true,
  clientNoContextTakeover: true,
  serverMaxWindowBits: 15,
  clientMaxWindowBits: 15,
  threshold: 1024,
  level: -1,
  memLevel: 8,
};

/** Fills up and checks what the user gave. */
export function compressionSettings(options: CompressionOptions | boolean | null): DeflateSettings | null {
  if (options === null || options === false) return null;
  if (options !== true && typeof options !== 'object')
    throw new TypeError('compression is a boolean, null or an object');
  const settings: DeflateSettings = { ...DEFAULTS, ...(options === true ? {} : options) };
  for (const name of ['serverNoContextTakeover', 'clientNoContextTakeover'] as const) {
    if (typeof settings[name] !== 'boolean') throw new TypeError(`compression.${name} is a boolean`);
  }
  requireInteger('serverMaxWindowBits', settings.serverMaxWindowBits, 8, 15);
  requireInteger('clientMaxWindowBits', settings.clientMaxWindowBits, 8, 15);
  requireInteger('threshold', settings.threshold, 0, Number.MAX_SAFE_INTEGER);
  requireInteger('level', settings.level, -1, 9);
  requireInteger('memLevel', settings.memLevel, 1, 9);
  return Object.freeze(settings);
}

function requireInteger(name: string, value: number, least: number, most: number): void {
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    throw new RangeError(`compression.${name} is an integer from ${least} to ${most}, not ${value}`);
  }
}
