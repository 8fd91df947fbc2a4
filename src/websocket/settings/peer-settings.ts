import type { Failure } from '../../failure.ts';
import {
  CONNECTION_DEFAULTS,
  type ConnectionSettings,
  type DeflateSettings,
  type HeadLimits,
} from '../../protocol/index.ts';
import type { ProxyOptions } from './proxy-options.ts';

/**
 * The values of a peer's properties, in bytes and milliseconds. Immutable: a peer whose property is set uses a changed copy, so
 * all peers of a server can share one object.
 */
export type PeerSettings = Readonly<SettingsFields>;

class SettingsFields implements ConnectionSettings {
  declare inboundBufferSize: number;
  declare outboundBufferSize: number;
  declare maxQueuedPackets: number;
  declare maxFragments: number;
  declare fragmentSize: number;
  declare heartbeatInterval: number;
  declare pongTimeLimit: number;
  connectTimeLimit = 30_000;
  handshakeTimeLimit = 10_000;
  declare closeTimeLimit: number;
  maxHandshakeSize = 16_384;
  maxHandshakeHeaders = 128;
  supportedProtocols: readonly string[] = [];
  handshakeHeaders: readonly string[] = [];
  packetsShareMemory = false;
  noDelay = true;
  http2 = false;
  arrivalBufferSize = 16_777_216;
  /** `compression` with all its defaults. */
  compression: DeflateSettings | null = null;
  proxy: string | ProxyOptions | null = null;
  maxRedirects = 0;

  constructor() {
    Object.assign(this, CONNECTION_DEFAULTS);
  }
}

export const DEFAULT_SETTINGS: PeerSettings = new SettingsFields();

/** A copy of `settings` with one of them changed. */
export function changed<K extends keyof PeerSettings>(
  settings: PeerSettings,
  name: K,
  value: PeerSettings[K],
): PeerSettings {
  const copy: SettingsFields = Object.assign(new SettingsFields(), settings);
  copy[name] = value;
  return copy;
}

/** The limits on the HTTP head of the other side's part of the opening handshake. */
export function headLimits({ maxHandshakeSize, maxHandshakeHeaders }: PeerSettings): HeadLimits {
  return { maxHeadSize: maxHandshakeSize, maxHeaders: maxHandshakeHeaders };
}

export function connectTimeout({ connectTimeLimit }: PeerSettings): Failure {
  const message = `no connection within connectTimeLimit, ${connectTimeLimit / 1000} s`;
  return { code: 'TICKPEER_CONNECT_TIMEOUT', message };
}

export function handshakeTimeout({ handshakeTimeLimit }: PeerSettings): Failure {
  const message = `the opening handshake took longer than handshakeTimeLimit, ${handshakeTimeLimit / 1000} s`;
  return { code: 'TICKPEER_HANDSHAKE_TIMEOUT', message };
}

/** Why a send of `size` bytes was refused. */
export function outboundLimit(
  size: number,
  waitingSize: number,
  waitingPackets: number,
  settings: PeerSettings,
): Failure {
  const { outboundBufferSize, maxQueuedPackets } = settings;
  const message =
    `a message of ${size} bytes was refused: ${waitingSize} bytes in ${waitingPackets} packets wait to be sent; ` +
    `outboundBufferSize is ${outboundBufferSize}, maxQueuedPackets is ${maxQueuedPackets}`;
  return { code: 'TICKPEER_OUTBOUND_LIMIT', message };
}
