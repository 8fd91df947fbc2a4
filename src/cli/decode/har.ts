import type { CaptureEvent } from './capture-event.ts';
import { BrokenCapture } from './file-bytes.ts';

/** One entry of `log.entries`; all of it is from a file. */
interface Entry {
  readonly request?: { readonly url?: unknown };
  readonly response?: { readonly headers?: unknown };
  readonly serverIPAddress?: unknown;
  readonly _webSocketMessages?: unknown;
}

interface Message {
  readonly type?: unknown;
  readonly time?: unknown;
  readonly opcode?: unknown;
  readonly data?: unknown;
}

const STEP = 'A browser saves a HAR by "Save all as HAR with content" in the list of its requests.';
const TEXT = 1;
const BINARY = 2;
/** The year 5138; as milliseconds, 1973. */
const LATEST_SECONDS = 1e11;

/**
 * The WebSocket messages in a HAR that a Chromium browser has saved (`_webSocketMessages`), in the order of their times.
 * Throws `BrokenCapture` for a file that is no HAR.
 */
export function eventsOfHar(text: string): CaptureEvent[] {
  const events: CaptureEvent[] = [];
  const sockets = entriesOf(text).filter(({ _webSocketMessages }) => Array.isArray(_webSocketMessages));
  for (const [index, entry] of sockets.entries()) addSocket(events, entry, index + 1);
  // Several sockets are one after the other in the file. The sort keeps the order of equal times.
  return events.sort((one, other) => one.time - other.time);
}

function entriesOf(text: string): Entry[] {
  let har: { log?: { entries?: unknown } } | null;
  try {
    har = JSON.parse(text);
  } catch (error) {
    throw new BrokenCapture(`it is no JSON: ${error instanceof Error ? error.message : error}`, STEP);
  }
  const entries = har?.log?.entries;
  if (!Array.isArray(entries)) throw new BrokenCapture('it is JSON, but no HAR: there is no list log.entries', STEP);
  return entries.filter((entry) => typeof entry === 'object' && entry !== null);
}

function addSocket(events: CaptureEvent[], entry: Entry, connection: number): void {
  const messages: Message[] = Array.isArray(entry._webSocketMessages) ? entry._webSocketMessages : [];
  const url = typeof entry.request?.url === 'string' ? entry.request.url : 'ws://unknown/';
  const [, server = url, target = '/'] = /^\w+:\/\/([^/?#]*)([^#]*)/.exec(url) ?? [];
  const times = messages.map((message) => secondsOf((Object(message) as Message).time)); // of any JSON value
  events.push({
    kind: 'open',
    time: times[0] ?? 0,
    connection,
    client: 'browser',
    server,
    target: target || '/',
    protocol: header(entry, 'sec-websocket-protocol'),
    extensions: header(entry, 'sec-websocket-extensions'),
  });
  for (const [index, message] of messages.entries()) {
    const time = times[index] ?? 0;
    const { type, opcode, data } = Object(message) as Message; // of any JSON value; checked below
    if ((type !== 'send' && type !== 'receive') || typeof data !== 'string') {
      events.push({ kind: 'notice', time, connection, text: `message ${index + 1} of ${url} is damaged` });
    } else if (opcode === TEXT || opcode === BINARY) {
      const bytes = Buffer.from(data, opcode === TEXT ? 'utf8' : 'base64');
      events.push({
        kind: 'message',
        time,
        connection,
        isFromClient: type === 'send',
        isText: opcode === TEXT,
        data: bytes,
      });
    } else {
      // Chromium writes -1 for an error, whose text is in the data.
      events.push({ kind: 'notice', time, connection, text: `the browser says: ${data}` });
    }
  }
}

/** Chromium's developer tools write seconds since 1970; Playwright writes milliseconds, or -1 for none. */
function secondsOf(time: unknown): number {
  if (typeof time !== 'number' || !Number.isFinite(time) || time < 0) return 0;
  return time > LATEST_SECONDS ? time / 1000 : time;
}

function header({ response }: Entry, wanted: string): string | null {
  const headers: unknown = response?.headers;
  if (!Array.isArray(headers)) return null;
  for (const one of headers) {
    const { name, value } = Object(one) as { name?: unknown; value?: unknown }; // of any JSON value
    if (typeof name === 'string' && name.toLowerCase() === wanted && typeof value === 'string') return value;
  }
  return null;
}
