// The arena's text messages, in JSON: a page's requests and the server's messages; and the URLs to connect to.

export const PLAIN_PATH = '/player';
export const COMPRESSED_PATH = '/player/compressed';
export const BOT_PATH = '/bot';

/** The shared controls: a change applies to all players. */
export interface Settings {
  /** How many bots there are. */
  readonly bots: number;
  /** Ticks per second, and so snapshots per second. */
  readonly tickRate: number;
  /** Bytes of padding in each snapshot. */
  readonly padding: number;
}

/** From a page. `cable` and those after it apply only to this page's connection. */
export type Control =
  | { readonly type: 'settings'; readonly settings: Partial<Settings> }
  | { readonly type: 'cable'; readonly latency: number; readonly jitter: number }
  | { readonly type: 'stall'; readonly milliseconds: number }
  | { readonly type: 'cut' }
  | { readonly type: 'close'; readonly code: number; readonly reason: string }
  /** A hidden tab asks for no snapshots. */
  | { readonly type: 'watch'; readonly isWatching: boolean };

/** From the server: once, when a player has joined; then twice a second. */
export type News =
  | { readonly type: 'welcome'; readonly id: number }
  | {
      readonly type: 'status';
      readonly settings: Settings;
      readonly bots: number;
      readonly people: number;
      /** The share of its time that the server's process is busy, 0 to 1. */
      readonly load: number;
    };

/** The range of each number in a page's requests. The panel's sliders have the same. */
export const RANGES = {
  bots: [0, 5000],
  tickRate: [5, 120],
  padding: [0, 32_768],
  latency: [0, 1000],
  jitter: [0, 500],
  milliseconds: [0, 5000],
} as const;

export const DEFAULT_SETTINGS: Settings = { bots: 300, tickRate: 60, padding: 0 };

/** A page's request; null for anything that the arena's page does not send. */
export function parseControl(text: string): Control | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(value)) return null;
  const { type } = value;
  switch (type) {
    case 'settings': {
      const settings = parseSettings(value['settings']);
      return settings === null ? null : { type, settings };
    }
    case 'cable': {
      const { latency, jitter } = value;
      if (!isIn('latency', latency) || !isIn('jitter', jitter)) return null;
      return { type, latency, jitter };
    }
    case 'stall': {
      const { milliseconds } = value;
      return isIn('milliseconds', milliseconds) ? { type, milliseconds } : null;
    }
    case 'cut':
      return { type };
    case 'close': {
      const { code, reason } = value;
      if (!isCloseCode(code) || typeof reason !== 'string') return null;
      return { type, code, reason };
    }
    case 'watch': {
      const { isWatching } = value;
      return typeof isWatching === 'boolean' ? { type, isWatching } : null;
    }
    default:
      return null;
  }
}

/** Codes that may be sent: `WebSocketPeer.close` throws for all others. */
export function isCloseCode(code: unknown): code is number {
  if (typeof code !== 'number' || !Number.isInteger(code)) return false;
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

function parseSettings(value: unknown): Partial<Settings> | null {
  if (!isRecord(value)) return null;
  const settings: { -readonly [name in keyof Settings]?: number } = {};
  for (const name of ['bots', 'tickRate', 'padding'] as const) {
    const number = value[name];
    if (number === undefined) continue;
    if (!isIn(name, number)) return null;
    settings[name] = number;
  }
  return settings;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isIn(name: keyof typeof RANGES, value: unknown): value is number {
  const [least, most] = RANGES[name];
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
}
