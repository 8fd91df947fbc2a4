import { request } from 'node:http';
import { onTestFinished } from 'vitest';
import { ErrorCode } from '../../src/error-code.ts';
import { isFailure } from '../../src/failure.ts';
import { type Inspector, type InspectorOptions, startInspector } from '../../src/inspector/attach-inspector.ts';
import type { InspectorTarget } from '../../src/inspector/collector/watched-target.ts';
import type {
  Hello,
  LogEntry,
  PageMessage,
  ServerMessage,
  Update,
  ViewRequest,
} from '../../src/inspector/feed/messages.ts';
import { WebSocketPeer } from '../../src/websocket/index.ts';
import { drive, newPeer, type Pollable } from './peers.ts';

/** What a page shows that has just been opened. */
export const VIEW: ViewRequest = {
  type: 'view',
  showsPeers: true,
  order: 'key',
  isDescending: false,
  search: '',
  chosen: 0,
  showsPaths: false,
  room: '',
  showsRooms: false,
  roomOrder: 'code',
  isRoomsDescending: false,
  roomSearch: '',
  showsCluster: false,
  clusterSearch: '',
  showsTraffic: false,
  showsNodes: false,
  nodeSearch: '',
  node: '',
};

/** An inspector with a small page, which ends with the test. */
export function inspect(target: InspectorTarget, options: InspectorOptions = {}, html = '<!doctype html>'): Inspector {
  const inspector = startInspector(target, html, { interval: 0.1, ...options });
  if (isFailure(inspector)) throw new Error(inspector.message);
  onTestFinished(() => inspector.close());
  return inspector;
}

/** The token of an inspector. */
export function tokenOf({ url }: Inspector): string {
  return new URL(url).hash.slice(1);
}

/** What a page would see, in a test without a browser. */
export class FakePage {
  readonly socket: WebSocketPeer;
  readonly messages: ServerMessage[] = [];

  constructor(inspector: Inspector, options: { token?: string; headers?: string[]; host?: string } = {}) {
    const { token = tokenOf(inspector), headers = [], host = '127.0.0.1' } = options;
    this.socket = newPeer({
      supportedProtocols: token === '' ? ['tickpeer-inspector'] : ['tickpeer-inspector', token],
      handshakeHeaders: headers,
      inboundBufferSize: 4 * 1024 * 1024,
    });
    this.socket.connectToUrl(`ws://${host}:${inspector.port}/feed`);
  }

  poll(): void {
    this.socket.poll();
    for (const packet of this.socket.packets()) this.messages.push(JSON.parse(String(packet)));
  }

  tell(message: PageMessage): void {
    const code = this.socket.sendText(JSON.stringify(message));
    if (code !== ErrorCode.OK) throw new Error(`the page is not open: ${ErrorCode[code]}`);
  }

  get hello(): Hello | undefined {
    return this.messages.find((message) => message.type === 'hello');
  }

  get updates(): Update[] {
    return this.messages.filter((message) => message.type === 'update');
  }

  /** The log that the page shows: repeated entries only once. */
  get log(): LogEntry[] {
    const entries = new Map<number, LogEntry>();
    for (const entry of [...(this.hello?.log ?? []), ...this.updates.flatMap(({ log }) => log)]) {
      entries.delete(entry.id);
      entries.set(entry.id, entry);
    }
    return [...entries.values()];
  }

  /** The next update for which `condition` holds; `others` are polled meanwhile. */
  async update(condition: (update: Update) => boolean, others: readonly Pollable[] = []): Promise<Update> {
    const before = this.updates.length;
    const found = (): Update | undefined => this.updates.slice(before).find(condition);
    await drive([this, ...others], () => found() !== undefined);
    return found()!;
  }

  /** The status with which it was refused; null if it is open. */
  async outcome(others: readonly Pollable[] = []): Promise<number | null> {
    await drive([this.socket, ...others], () => this.socket.getReadyState() !== WebSocketPeer.STATE_CONNECTING);
    return this.socket.getReadyState() === WebSocketPeer.STATE_OPEN
      ? null
      : (this.socket.getHandshakeResponse()?.status ?? 0);
  }
}

/** A plain request to an inspector. */
export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
}

export function ask(
  { port }: Inspector,
  path: string,
  options: { method?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, agent: false, ...options }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    asked.on('error', reject);
    asked.end();
  });
}
