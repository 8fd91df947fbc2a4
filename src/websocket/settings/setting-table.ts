/*
 * Words in this house: an option is what a constructor or a method takes in an object, by name. A property can be read and set on a
 * peer; each is also an option of `WebSocketPeer` and `WebSocketServer`. Settings are what options and properties are stored as:
 * checked, never changed in place, times in milliseconds.
 */

import { compressionSettings } from '../compression/compression.ts';
import type { PeerProperties } from './peer-properties.ts';
import { changed, DEFAULT_SETTINGS, type PeerSettings } from './peer-settings.ts';
import { proxySetting } from './proxy-options.ts';
import { checkedBoolean, checkedInteger, checkedMilliseconds, checkedStrings } from './value-checks.ts';

/** The unit of a property; '' where it is no number. */
type Unit = 'bytes' | 'seconds' | 'number' | '';

/** One property of a peer. Its default is the field of the same name in peer-settings.ts, or in the protocol's connection-settings.ts. */
interface Setting {
  readonly unit: Unit;
  /** The least and the greatest value; seconds may be fractions, and `Infinity`. `least` is left out where 0 is too little. */
  readonly least?: number;
  readonly most?: number;
  /** Returns what is stored for a value, or throws. */
  check(name: string, value: never): unknown;
}

const plain = (check: Setting['check']): Setting => ({ unit: '', check });
const count = (unit: Unit, least: number, most: number = Number.MAX_SAFE_INTEGER): Setting => ({
  unit,
  least,
  most,
  check: (name, value) => checkedInteger(name, value, least, most),
});
const time: Setting = { unit: 'seconds', least: 0, check: (name, value) => checkedMilliseconds(name, value) };
const timeLimit: Setting = { unit: 'seconds', check: (name, value) => checkedMilliseconds(name, value, true) };

/** The properties of a peer, with their ranges. peer-properties.ts documents them, docs/limits.md what happens at the limits. */
export const SETTINGS: Readonly<Record<keyof PeerProperties, Setting>> = {
  handshakeHeaders: plain(checkedStrings),
  supportedProtocols: plain((name, value) => checkedStrings(name, value).map((protocol) => protocol.trim())),
  inboundBufferSize: count('bytes', 0),
  outboundBufferSize: count('bytes', Number.MIN_SAFE_INTEGER),
  maxQueuedPackets: count('number', 1),
  arrivalBufferSize: count('bytes', 0),
  heartbeatInterval: time,
  pongTimeLimit: time,
  connectTimeLimit: timeLimit,
  handshakeTimeLimit: timeLimit,
  closeTimeLimit: timeLimit,
  maxHandshakeSize: count('bytes', 1),
  maxHandshakeHeaders: count('number', 1),
  maxFragments: count('number', 1),
  fragmentSize: count('bytes', 0),
  packetsShareMemory: plain(checkedBoolean),
  http2: plain(checkedBoolean),
  compression: plain((_name, value) => compressionSettings(value)),
  proxy: plain((_name, value) => proxySetting(value)),
  maxRedirects: count('number', 0, 20),
};

const NAMES = Object.keys(SETTINGS) as (keyof PeerProperties)[]; // of this very object

/** The members that the accessors use. */
interface SettingsOwner {
  readonly settings: PeerSettings;
  change(name: string, value: unknown): void;
}

/** Gives `prototype` an accessor for every property of `PeerProperties`. */
export function defineProperties(prototype: object): void {
  for (const name of NAMES) {
    const { unit, check } = SETTINGS[name];
    Object.defineProperty(prototype, name, {
      configurable: true,
      get(this: SettingsOwner): unknown {
        const value = this.settings[name];
        if (unit === 'seconds') return Number(value) / 1000;
        return Array.isArray(value) ? [...value] : value;
      },
      set(this: SettingsOwner, value: never): void {
        this.change(name, check(name, value));
      },
    });
  }
}

/** Sets the properties that `options` has. */
export function setProperties(peer: PeerProperties, options: Partial<PeerProperties>): void {
  for (const name of NAMES) {
    const value = options[name];
    if (value !== undefined) Object.assign(peer, { [name]: value });
  }
}

/** The settings that a peer made with `options` would have. Throws as setting its properties does. */
export function settingsOf(options: Partial<PeerProperties>): PeerSettings {
  let settings = DEFAULT_SETTINGS;
  for (const name of NAMES) {
    const value = options[name];
    if (value === undefined) continue;
    const stored = SETTINGS[name].check(name, value as never); // each check looks at the type itself
    settings = changed(settings, name, stored as never); // what this property's check returns is what its field holds
  }
  return settings;
}
