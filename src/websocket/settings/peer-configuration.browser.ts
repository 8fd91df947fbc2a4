import { compressionSettings } from '../compression/compression.ts';
import { PacketPeer } from '../peer/packet-peer.ts';
import type { PeerProperties } from './peer-configuration.ts';
import { changed, DEFAULT_SETTINGS, type PeerSettings } from './peer-settings.ts';
import { boolean, copyStrings, integer, milliseconds } from './setting-checks.ts';

/**
 * The same properties as in peer-configuration.ts, which documents them. Here their accessors are made from a table: 20 pairs
 * of accessors take 400 bytes more of a page's bundle, compressed.
 */
export abstract class PeerConfiguration extends PacketPeer {
  protected settings: PeerSettings = DEFAULT_SETTINGS;

  protected configure(options: Partial<PeerProperties>): void {
    for (const name of NAMES) {
      const value = options[name];
      if (value !== undefined) Object.assign(this, { [name]: value });
    }
  }

  protected change<K extends keyof PeerSettings>(name: K, value: PeerSettings[K]): void {
    this.settings = changed(this.settings, name, value);
    this.onSettingsChanged();
  }

  protected abstract onSettingsChanged(): void;
}

/** Returns what is stored for a value that a property is set to, or throws. */
type Check = (name: string, value: never) => unknown;

const time: Check = (name, value) => milliseconds(name, value);
const timeLimit: Check = (name, value) => milliseconds(name, value, true);
const atLeast0: Check = (name, value) => integer(name, value, 0);
const atLeast1: Check = (name, value) => integer(name, value, 1);

const CHECKS: Readonly<Record<keyof PeerProperties, Check>> = {
  handshakeHeaders: copyStrings,
  supportedProtocols: (name, value) => copyStrings(name, value).map((protocol) => protocol.trim()),
  inboundBufferSize: atLeast0,
  outboundBufferSize: (name, value) => integer(name, value, Number.MIN_SAFE_INTEGER),
  maxQueuedPackets: atLeast1,
  arrivalBufferSize: atLeast0,
  heartbeatInterval: time,
  pongTimeLimit: time,
  connectTimeLimit: timeLimit,
  handshakeTimeLimit: timeLimit,
  closeTimeLimit: timeLimit,
  maxHandshakeSize: atLeast1,
  maxHandshakeHeaders: atLeast1,
  maxFragments: atLeast1,
  fragmentSize: atLeast0,
  packetsShareMemory: boolean,
  http2: boolean,
  compression: (_name, value) => compressionSettings(value),
  // A browser has proxies of its own: what is set has no effect.
  proxy: (_name, value) => value,
  maxRedirects: (name, value) => integer(name, value, 0, 20),
};
const NAMES = Object.keys(CHECKS) as (keyof PeerProperties)[]; // of this very object

for (const name of NAMES) {
  const check = CHECKS[name];
  Object.defineProperty(PeerConfiguration.prototype, name, {
    configurable: true,
    get(this: { settings: PeerSettings }): unknown {
      const value = this.settings[name];
      if (check === time || check === timeLimit) return Number(value) / 1000;
      return Array.isArray(value) ? [...value] : value;
    },
    set(this: { change(name: string, value: unknown): void }, value: never): void {
      this.change(name, check(name, value));
    },
  });
}
