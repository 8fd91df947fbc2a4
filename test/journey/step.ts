import { ErrorCode, type TLSOptions, WebSocketPeer, type WebSocketPeerOptions } from 'tickpeer';

/** The servers of the journey: every address is a URL without a path. */
export interface Addresses {
  /** The scripted server (`script.ts`). */
  readonly plain: string;
  /** The same; it requires one of the sub-protocols `chess` and `go`. */
  readonly protocols: string;
  /** Responds to every request with 404. */
  readonly refusing: string;
  /** `wss`, with a trusted certificate. */
  readonly trusted: string;
  /** `wss`, with an untrusted certificate. */
  readonly untrusted: string;
  /** No server listens there. */
  readonly unused: string;
}

export interface Where extends Addresses {
  /** What `connectToUrl` needs for `trusted`. A browser has its own trust. */
  readonly trust: TLSOptions | true;
  readonly platform: 'node' | 'browser';
}

export interface Step {
  readonly name: string;
  /** The platforms of the step; undefined: all. */
  readonly platform?: Where['platform'];
  run(where: Where): Promise<void>;
}

/** The time limit of every wait, in milliseconds. Only a failure takes so long. */
const TIME_LIMIT = 8000;

/** Throws an error with both values, unless they are equal in structure. */
export function equal(actual: unknown, expected: unknown, what: string): void {
  const [left, right] = [inWords(actual), inWords(expected)];
  if (left !== right) throw new Error(`${what}: ${cut(left)} instead of ${cut(right)}`);
}

/** For a check without a second value. */
export function holds(condition: boolean, what: string): void {
  if (!condition) throw new Error(`not so: ${what}`);
}

/** A step's client, which is dropped when the step ends. */
export async function withPeer(
  run: (peer: WebSocketPeer) => Promise<void>,
  options: WebSocketPeerOptions = {},
): Promise<void> {
  const peer = new WebSocketPeer(options);
  try {
    await run(peer);
  } finally {
    peer.close(-1);
  }
}

/** A step's client, OPEN. */
export async function withOpenPeer(
  where: Where,
  path: string,
  run: (peer: WebSocketPeer) => Promise<void>,
  options: WebSocketPeerOptions = {},
): Promise<void> {
  await withPeer(async (peer) => {
    begin(peer, where.plain + path);
    await untilOpen(peer);
    await run(peer);
  }, options);
}

export function begin(peer: WebSocketPeer, url: string, tls: TLSOptions | boolean = true): void {
  equal(ErrorCode[peer.connectToUrl(url, tls)], 'OK', `connectToUrl(${url})`);
}

/** A program's loop: polls once per turn of the event loop until `condition` holds. */
export async function pollUntil(peer: WebSocketPeer, condition: () => boolean, what: string): Promise<void> {
  const latest = performance.now() + TIME_LIMIT;
  for (;;) {
    peer.poll();
    if (condition()) return;
    if (performance.now() > latest) throw new Error(`waited in vain until ${what}; the peer: ${describe(peer)}`);
    await turn();
  }
}

export async function untilOpen(peer: WebSocketPeer): Promise<void> {
  await pollUntil(peer, () => peer.getReadyState() !== WebSocketPeer.STATE_CONNECTING, 'it has connected');
  if (peer.getReadyState() !== WebSocketPeer.STATE_OPEN) throw new Error(`not OPEN: ${describe(peer)}`);
}

export async function untilClosed(peer: WebSocketPeer): Promise<void> {
  await pollUntil(peer, () => peer.getReadyState() === WebSocketPeer.STATE_CLOSED, 'it is CLOSED');
}

/** Polls until `count` packets were read, and returns them. */
export async function receive(peer: WebSocketPeer, count: number): Promise<(string | Uint8Array)[]> {
  const packets: (string | Uint8Array)[] = [];
  const what = `${count} packets have come`;
  await pollUntil(peer, () => packets.push(...peer.packets()) >= count, what);
  equal(packets.length, count, 'packets');
  return packets;
}

export function send(peer: WebSocketPeer, message: string | Uint8Array): void {
  const result = typeof message === 'string' ? peer.sendText(message) : peer.send(message);
  equal(ErrorCode[result], 'OK', `sending ${message.length}`);
}

/** How the connection ended, in one value to compare. */
export function ending(peer: WebSocketPeer): { code: number; reason: string; failure: string | null } {
  const { code = null } = peer.getLastFailure() ?? {};
  return { code: peer.getCloseCode(), reason: peer.getCloseReason(), failure: code };
}

/** One turn of the event loop, on every platform. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** Bytes without short repetitions, so that a lost, doubled or moved piece is detected. */
export function patternBytes(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, index) => Math.imul(index + 1, 2_654_435_761) >>> 24);
}

function describe(peer: WebSocketPeer): string {
  const failure = peer.getLastFailure();
  const packets = peer.getAvailablePacketCount();
  return `state ${peer.getReadyState()}, ${packets} packets, ${inWords(ending(peer))} ${failure?.message ?? ''}`;
}

function inWords(value: unknown): string {
  return (
    JSON.stringify(value, (_, part) => (part instanceof Uint8Array ? `bytes ${part.join(' ')}` : part)) ?? 'undefined'
  );
}

function cut(text: string): string {
  return text.length <= 500 ? text : `${text.slice(0, 500)}… (${text.length} characters)`;
}
