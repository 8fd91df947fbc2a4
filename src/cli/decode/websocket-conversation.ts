import { isFailure } from '../../failure.ts';
import {
  type Extension,
  HeadReader,
  type HttpHead,
  listHas,
  PermessageDeflate,
  parseExtensions,
  parseRequestLine,
  parseStatusLine,
} from '../../protocol/index.ts';
import type { CaptureEvent, NoticeEvent } from './capture-event.ts';
import { FrameDirection, type FrameListener } from './frame-direction.ts';
import { HeldBytes } from './held-bytes.ts';
import { captureCodec } from './message-inflater.ts';

/** Bytes of the client that wait for the server's answer. */
const MOST_EARLY_BYTES = 4 * 1024 * 1024;
const HEAD_LIMITS = { maxHeadSize: 256 * 1024, maxHeaders: 1000 };
/** The first bytes of a TLS record and of a connection with HTTP/2. */
const TLS_HANDSHAKE = 0x16;
const HTTP2_PREFACE = 'PRI * HTTP/2';

/** What the bytes of a connection belong to. */
enum Stage {
  REQUEST,
  ANSWER,
  FRAMES,
  /** Nothing more is read. */
  OVER,
}

/** The two ends of a connection, for messages. */
export interface Ends {
  readonly client: string;
  readonly server: string;
}

export interface ConversationOptions {
  /** Counts what is kept, together with other connections. */
  readonly held?: HeldBytes;
  /** Whether the beginning of the connection is not in the capture. */
  readonly beganBefore?: boolean;
}

const NO_ROOM = 'too much of other connections waits for its rest: this one is not read any further';
/** Bytes of the shortest frame header (RFC 6455 5.2). */
const LEAST_HEADER = 2;

/** Reads the bytes of one TCP connection as HTTP's upgrade and frames (RFC 6455 4 and 5). */
export class WebSocketConversation {
  readonly #number: number;
  readonly #ends: Ends;
  readonly #emit: (event: CaptureEvent) => void;
  #stage = Stage.REQUEST;
  #head = new HeadReader(HEAD_LIMITS);
  #request: HttpHead | null = null;
  #early: Uint8Array[] = [];
  #earlyBytes = 0;
  #client: FrameDirection | null = null;
  #server: FrameDirection | null = null;
  #time = 0;
  /** The ends that have ended. */
  readonly #ended = new Set<boolean>();
  readonly #held: HeldBytes;
  /** What each end has sent since its last message, or since the beginning. */
  readonly #holding = { client: 0, server: 0 };
  readonly #beganBefore: boolean;

  constructor(number: number, ends: Ends, emit: (event: CaptureEvent) => void, options: ConversationOptions = {}) {
    const { held = new HeldBytes(), beganBefore = false } = options;
    this.#number = number;
    this.#ends = ends;
    this.#emit = emit;
    this.#held = held;
    this.#beganBefore = beganBefore;
  }

  /** Takes the next bytes of an end. They may be overwritten. */
  receive(isFromClient: boolean, bytes: Uint8Array, time: number): void {
    this.#time = time;
    if (bytes.length === 0 || this.#stage === Stage.OVER) return;
    if (!this.#hold(isFromClient ? 'client' : 'server', bytes.length)) {
      this.#stop(NO_ROOM);
      return;
    }
    switch (this.#stage) {
      case Stage.REQUEST:
        if (isFromClient) this.#receiveRequest(bytes);
        else this.#stopUnread('the server speaks first, so that it is no HTTP');
        break;
      case Stage.ANSWER:
        if (isFromClient) this.#keepEarly(bytes);
        else this.#receiveAnswer(bytes);
        break;
      case Stage.FRAMES:
        this.#receiveFrames(isFromClient, bytes);
        break;
    }
  }

  /** Nothing more is read, and nothing is kept. */
  release(): void {
    this.#stage = Stage.OVER;
    this.#early = [];
    this.#client = null;
    this.#server = null;
    this.#drop('client', this.#holding.client);
    this.#drop('server', this.#holding.server);
  }

  /** False when there is no room for it. */
  #hold(end: 'client' | 'server', count: number): boolean {
    if (!this.#held.add(count)) return false;
    this.#holding[end] += count;
    return true;
  }

  #drop(end: 'client' | 'server', count: number): void {
    const dropped = Math.min(count, this.#holding[end]);
    this.#holding[end] -= dropped;
    this.#held.remove(dropped);
  }

  #receiveFrames(isFromClient: boolean, bytes: Uint8Array): void {
    const direction = isFromClient ? this.#client : this.#server;
    if (direction === null) this.#drop(isFromClient ? 'client' : 'server', bytes.length);
    else direction.receive(bytes);
  }

  /** Bytes of an end are missing: what follows cannot be read. */
  lose(isFromClient: boolean, time: number): void {
    this.#time = time;
    if (this.#stage === Stage.OVER) return;
    const end = isFromClient ? 'the client' : 'the server';
    this.#notice(`bytes of ${end} are missing in the capture; what it sent after them cannot be read`);
    if (this.#stage !== Stage.FRAMES) {
      this.release();
      return;
    }
    if (isFromClient) this.#client = null;
    else this.#server = null;
    this.#drop(isFromClient ? 'client' : 'server', Number.POSITIVE_INFINITY);
  }

  end(kind: 'end' | 'reset', isFromClient: boolean, time: number): void {
    this.#time = time;
    if (this.#stage !== Stage.FRAMES || this.#ended.has(isFromClient) || this.#ended.size === 2) return;
    this.#ended.add(isFromClient);
    this.#emit({ kind, time, connection: this.#number, isFromClient });
  }

  #receiveRequest(bytes: Uint8Array): void {
    if (bytes[0] === TLS_HANDSHAKE && this.#head.head === null) {
      this.#stop('it is TLS: only plain ws:// can be read; connect and record see the messages of a wss:// server');
      return;
    }
    if (Buffer.from(bytes.subarray(0, HTTP2_PREFACE.length)).toString('latin1') === HTTP2_PREFACE) {
      this.#stop('it is HTTP/2, which is not read here');
      return;
    }
    const taken = this.#head.push(bytes);
    const { head, refusal } = this.#head;
    if (refusal !== null) this.#stopUnread(`it does not begin with an HTTP request: ${refusal.failure.message}`);
    if (head === null) return;
    const line = parseRequestLine(head.startLine);
    if (isFailure(line)) {
      this.#stopUnread(`it does not begin with an HTTP request: ${line.message}`);
    } else if (!listHas(head.headers.get('upgrade') ?? '', 'websocket')) {
      this.#stop(`it is HTTP without WebSocket: ${line.method} ${line.target}`);
    } else {
      this.#request = head;
      this.#head = new HeadReader(HEAD_LIMITS);
      this.#stage = Stage.ANSWER;
      if (taken < bytes.length) this.#keepEarly(bytes.subarray(taken));
    }
  }

  #keepEarly(bytes: Uint8Array): void {
    this.#early.push(bytes);
    this.#earlyBytes += bytes.length;
    if (this.#earlyBytes > MOST_EARLY_BYTES) this.#stop('the client sends without an answer of the server');
  }

  #receiveAnswer(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length && this.#stage === Stage.ANSWER; ) {
      at += this.#head.push(bytes.subarray(at));
      const { head, refusal } = this.#head;
      if (refusal !== null) this.#stop(`the server does not answer by HTTP: ${refusal.failure.message}`);
      if (head === null) return;
      const line = parseStatusLine(head.startLine);
      if (isFailure(line)) {
        this.#stop(`the server does not answer by HTTP: ${line.message}`);
      } else if (line.status >= 100 && line.status < 200 && line.status !== 101) {
        this.#head = new HeadReader(HEAD_LIMITS); // an informational answer before the answer (RFC 9110 15.2)
      } else if (line.status !== 101) {
        this.#stop(`the server has refused with ${line.status} ${line.reason}`);
      } else {
        this.#open(head);
        if (at < bytes.length) this.#receiveFrames(false, bytes.subarray(at));
      }
    }
  }

  #open(answer: HttpHead): void {
    const line = parseRequestLine(this.#request?.startLine ?? '');
    const extensions = answer.headers.get('sec-websocket-extensions');
    const [client, server] = extensionsOf(extensions ?? '');
    this.#stage = Stage.FRAMES;
    this.#client = new FrameDirection(true, client, this.#listener(true));
    this.#server = new FrameDirection(false, server, this.#listener(false));
    this.#emit({
      kind: 'open',
      time: this.#time,
      connection: this.#number,
      ...this.#ends,
      target: isFailure(line) ? '/' : line.target,
      protocol: answer.headers.get('sec-websocket-protocol'),
      extensions,
    });
    const early = this.#early;
    this.#early = [];
    this.#drop('client', this.#holding.client - this.#earlyBytes);
    this.#drop('server', Number.POSITIVE_INFINITY);
    for (const bytes of early) this.#receiveFrames(true, bytes);
  }

  #listener(isFromClient: boolean): FrameListener {
    const base = (): { time: number; connection: number; isFromClient: boolean } => {
      return { time: this.#time, connection: this.#number, isFromClient };
    };
    const end = isFromClient ? 'client' : 'server';
    return {
      onMessage: (data, isText) => {
        this.#drop(end, Number.POSITIVE_INFINITY);
        this.#emit({ kind: 'message', ...base(), isText, data });
      },
      onPing: (kind, data) => {
        this.#drop(end, data.length + LEAST_HEADER);
        this.#emit({ kind, ...base(), data });
      },
      onClose: (code, reason) => this.#emit({ kind: 'close', ...base(), code, reason }),
      onViolation: (message) => {
        if (isFromClient) this.#client = null;
        else this.#server = null;
        this.#drop(end, Number.POSITIVE_INFINITY);
        this.#notice(`the ${end} breaks the protocol: ${message}`);
      },
      onReserve: (size) => this.#hold(end, size),
      onNoRoom: () => this.#stop(NO_ROOM),
    };
  }

  #stop(reason: string): void {
    this.release();
    this.#notice(reason);
  }

  #stopUnread(reason: string): void {
    this.#stop(
      this.#beganBefore ? 'the connection began before the capture, so that its messages cannot be read' : reason,
    );
  }

  #notice(text: string): void {
    const { client, server } = this.#ends;
    const notice: NoticeEvent = {
      kind: 'notice',
      time: this.#time,
      connection: this.#number,
      text: `${client} > ${server}: ${text}`,
    };
    this.#emit(notice);
  }
}

/** The extension of each end, as the answer has agreed it; null without one. */
function extensionsOf(answer: string): [client: Extension | null, server: Extension | null] {
  if (answer === '') return [null, null];
  const deflate = new PermessageDeflate(
    {
      serverNoContextTakeover: false,
      clientNoContextTakeover: false,
      serverMaxWindowBits: 15,
      clientMaxWindowBits: 15,
      threshold: 0,
      level: -1,
      memLevel: 8,
    },
    captureCodec,
  );
  const agreed = (parseExtensions(answer) ?? []).filter(({ name }) => name === deflate.name);
  const [first] = agreed;
  if (first === undefined) return [null, null];
  const server = deflate.accept(first.params);
  // A server reads what the client sends.
  return [deflate.answer(agreed)?.extension ?? null, isFailure(server) ? null : server];
}
