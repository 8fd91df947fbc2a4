import type { DeclaredNames } from '../../multiplayer/index.ts';
import { CLIENT_OPTIONS, type ClientSettings, readClientSettings } from '../client/client-options.ts';
import { usageError } from '../command/command-error.ts';
import { numberOption, type OptionTable, parseWords } from '../command/options.ts';
import { readNames } from '../names/names-file.ts';
import { HIDEABLE, type HideableKind, parseHidden } from './godot/hidden-kinds.ts';
import { VIEWS, type View } from './message-view.ts';
import { type InputForm, LONGEST_INPUT } from './piped-input.ts';

export const OPTIONS = {
  message: {
    type: 'string',
    short: 'm',
    multiple: true,
    value: 'TEXT',
    description: 'sends TEXT instead of reading stdin; may be repeated',
  },
  listen: { type: 'boolean', short: 'l', description: 'does not read stdin' },
  view: {
    type: 'string',
    value: 'VIEW',
    description: `how messages are shown: ${VIEWS.join(', ')}`,
    shownDefault: 'auto',
  },
  json: { type: 'boolean', description: 'one JSON object a message' },
  binary: {
    type: 'string',
    value: 'FORM',
    description: 'stdin has binary messages: hex or base64, one a line, or raw, all of it as one message',
  },
  wait: {
    type: 'string',
    value: 'SECONDS',
    description: 'how long answers are awaited after the last message was sent',
    shownDefault: '1, with --count 10',
  },
  count: { type: 'string', value: 'N', description: 'closes after N messages have arrived; fewer are exit code 1' },
  cut: {
    type: 'string',
    value: 'SIZE',
    description: 'shows at most so much of a message, with the size of the rest',
    shownDefault: '4000 on a terminal, otherwise all',
  },
  'max-message': {
    type: 'string',
    value: 'BYTES',
    description: 'the longest message that is received; a longer one ends the connection with 1009',
    shownDefault: '16777216',
  },
  timings: { type: 'boolean', description: 'prints how long each step of connecting took' },
  ping: {
    type: 'string',
    value: 'SECONDS',
    description: 'sends a Ping as often, and ends the connection when a Pong does not come in that time',
  },
  godot: { type: 'boolean', description: 'joins a game of Godot as a multiplayer peer: shows packets, calls methods' },
  rpc: {
    type: 'string',
    value: 'FILE',
    description: 'with --godot: the names of remote methods and synchronized properties, as JSON',
  },
  hide: {
    type: 'string',
    multiple: true,
    value: 'KINDS',
    description: `with --godot: leaves out packets of these kinds, as in sync,delta; kinds: ${HIDEABLE.join(', ')}`,
  },
  auth: { type: 'string', value: 'TEXT', description: "with --godot: what the server's authentication gets" },
  compression: { type: 'boolean', description: 'offers permessage-deflate' },
  http2: { type: 'boolean', description: 'offers HTTP/2 to a wss server (RFC 8441)' },
  redirects: { type: 'string', value: 'N', description: 'how many redirects are followed', shownDefault: '0' },
  quiet: { type: 'boolean', short: 'q', description: 'no notices on stderr, except errors' },
  ...CLIENT_OPTIONS,
} as const satisfies OptionTable;

/** What the command line asks for. */
export interface ConnectSettings {
  readonly client: ClientSettings;
  readonly messages: readonly string[];
  readonly isListening: boolean;
  readonly view: View;
  readonly isJson: boolean;
  readonly inputForm: InputForm;
  /** Seconds. */
  readonly wait: number;
  /** `Infinity` without --count. */
  readonly count: number;
  /** Null: by what stdout is. */
  readonly cut: number | null;
  readonly hasTimings: boolean;
  /** Seconds; 0 for no Pings. */
  readonly pingInterval: number;
  readonly isQuiet: boolean;
  /** Null without --godot. */
  readonly names: DeclaredNames | null;
  /** With --godot: kinds of packets that are not shown. */
  readonly hidden: ReadonlySet<HideableKind>;
  /** With --godot; null for none. */
  readonly auth: string | null;
}

/** Milliseconds that the server has for its Close. */
export const CLOSE_LIMIT = 2000;

/** Throws a `CommandError` for what cannot be used. */
export function readSettings(words: readonly string[]): ConnectSettings {
  const { options, operands } = parseWords('connect', OPTIONS, words, { least: 1, most: 1, usage: 'URL' });
  const [url = ''] = operands;
  const view = VIEWS.find((name) => name === (options.view ?? 'auto'));
  if (view === undefined) throw usageError(`There is no view '${options.view}'.`, `Views: ${VIEWS.join(', ')}.`);
  if (options.listen && options.message.length > 0)
    throw usageError('--listen and --message exclude each other.', 'With --message, stdin is not read either.');
  const count = numberOption('count', options.count, { fallback: 0, least: 1, isInteger: true });
  const redirects = numberOption('redirects', options.redirects, { fallback: 0, most: 20, isInteger: true });
  const hasCount = options.count !== undefined;
  if (options.timings && (redirects > 0 || options.http2 || options.proxy !== undefined)) {
    throw usageError(
      '--timings measures a direct connection: it excludes --redirects, --http2 and --proxy.',
      'Leave one of them out.',
    );
  }
  for (const name of ['rpc', 'auth'] as const) {
    if (options[name] !== undefined && !options.godot)
      throw usageError(`--${name} is used with --godot only.`, 'Add --godot.');
  }
  if (options.hide.length > 0 && !options.godot) throw usageError('--hide is used with --godot only.', 'Add --godot.');
  if (
    options.godot &&
    (view !== 'auto' || options.binary !== undefined || options.timings || options.ping !== undefined)
  ) {
    throw usageError(
      '--godot excludes --view, --binary, --timings and --ping.',
      'Packets are shown as the multiplayer reads them.',
    );
  }
  const client = readClientSettings(url, options);
  return {
    client: {
      ...client,
      peerOptions: {
        ...client.peerOptions,
        inboundBufferSize: numberOption('max-message', options['max-message'], {
          fallback: 16_777_216,
          least: 1,
          isInteger: true,
        }),
        outboundBufferSize: LONGEST_INPUT,
        closeTimeLimit: CLOSE_LIMIT / 1000,
        compression: options.compression ? true : null,
        http2: options.http2,
        maxRedirects: redirects,
      },
    },
    messages: options.message,
    isListening: options.listen,
    view,
    isJson: options.json,
    inputForm: inputForm(options.binary),
    wait: numberOption('wait', options.wait, {
      fallback: options.listen ? Number.POSITIVE_INFINITY : hasCount ? 10 : 1,
      most: 2_000_000,
    }),
    count: hasCount ? count : Number.POSITIVE_INFINITY,
    cut: options.cut === undefined ? null : numberOption('cut', options.cut, { fallback: 0, isInteger: true }),
    hasTimings: options.timings,
    pingInterval: numberOption('ping', options.ping, { fallback: 0, least: 0.01, most: 86_400 }),
    isQuiet: options.quiet,
    hidden: parseHidden(options.hide),
    auth: options.auth ?? null,
    names: options.godot ? (options.rpc === undefined ? {} : readNames(options.rpc)) : null,
  };
}

function inputForm(given: string | undefined): InputForm {
  if (given === undefined) return 'lines';
  if (given === 'hex' || given === 'base64' || given === 'raw') return given;
  throw usageError(`--binary ${given}: it must be hex, base64 or raw.`, 'For example: --binary hex');
}
