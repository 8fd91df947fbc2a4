import type { Clock } from '../../clock.ts';
import { ErrorCode } from '../../error-code.ts';
import { type Failure, type FailureCode, failed, isFailure } from '../../failure.ts';
import {
  encodeHead,
  type HeadLimits,
  HeadReader,
  type HttpHead,
  isInformational,
  MAX_INFORMATIONAL,
  parseStatusLine,
  quote,
  type StatusLine,
} from '../../protocol/index.ts';
import { Overdue, StreamPeer, StreamPeerTLS, type StreamSink } from '../../stream/index.ts';
import { hostAndPort, type ProxyServer } from '../settings/proxy-options.ts';
import { isAuthorized, proxyHeaders } from './proxy-authorization.ts';

export interface TunnelOptions {
  readonly proxy: ProxyServer;
  /** The server; the proxy resolves its name. */
  readonly target: { readonly host: string; readonly port: number };
  /** The limits on the proxy's response. */
  readonly limits: HeadLimits;
  /** Milliseconds for name resolution, TCP, TLS to the proxy and its response together. */
  readonly timeLimit: number;
  readonly clock: Clock;
}

/**
 * A stream to a server, through a proxy (CONNECT, RFC 9110 9.3.6).
 *
 * It uses a stream to the proxy, which is open or about to open; for an `https` proxy it begins TLS on that stream first. The tunnel is
 * open when the proxy has responded with a 2xx. Before that, every failure is a `TICKPEER_PROXY_…`. After that, the tunnel passes on
 * bytes, the end and failures of the stream unchanged.
 */
export class ProxyTunnel extends StreamPeer implements StreamSink {
  readonly #options: TunnelOptions;
  readonly #deadline: number;
  readonly #overdue: Overdue;
  #below: StreamPeer;
  /** Whether the stream to the proxy was open. */
  #isConnected = false;
  #needsTls: boolean;
  #reader: HeadReader;
  #informational = 0;
  #isGone = false;

  constructor(below: StreamPeer, options: TunnelOptions) {
    super();
    this.#options = options;
    this.#deadline = options.clock.now() + options.timeLimit;
    this.#overdue = new Overdue(options.clock);
    this.#needsTls = options.proxy.secure;
    this.#reader = new HeadReader(options.limits);
    this.#below = below;
    below.setSink(this);
  }

  // ---------------------------------------------------------------- StreamPeer

  /** Also checks the time limit. Returns `ERR_CONNECTION_ERROR` once the stream has failed, otherwise `OK`. */
  override poll(): ErrorCode {
    this.#below.poll();
    const { clock, timeLimit } = this.#options;
    const now = clock.now();
    if (this.#isPending && now >= this.#deadline && this.#overdue.isOver(now, this.#deadline)) {
      const state = this.#isConnected ? 'it has not responded' : 'it was not reached';
      this.#fail('TICKPEER_PROXY_TIMEOUT', `within connectTimeLimit, ${timeLimit / 1000} s: ${state}`);
    }
    return this.getLastFailure() === null ? ErrorCode.OK : ErrorCode.ERR_CONNECTION_ERROR;
  }

  override pauseReading(): void {
    this.#below.pauseReading();
  }

  override resumeReading(): void {
    this.#below.resumeReading();
  }

  override write(bytes: Uint8Array): void {
    if (this.isOpen) this.#below.write(bytes);
  }

  override writeAll(parts: readonly Uint8Array[]): void {
    if (this.isOpen) this.#below.writeAll(parts);
  }

  override getUnsentBytes(): number {
    return this.isOpen ? this.#below.getUnsentBytes() : 0;
  }

  override end(): void {
    this.#below.end();
  }

  override destroy(): void {
    this.#isGone = true;
    this.setSink(null);
    this.#below.destroy();
  }

  override linger(milliseconds: number): void {
    this.#isGone = true;
    this.setSink(null);
    if (this.isOpen) this.#below.linger(milliseconds);
    else this.#below.destroy();
  }

  protected override writeStatus(): ErrorCode {
    return this.isOpen && !this.#isGone && this.getLastFailure() === null ? ErrorCode.OK : ErrorCode.FAILED;
  }

  // ---------------------------------------------------------------- events of the stream below

  onStreamOpen(): void {
    this.#isConnected = true;
    if (this.#needsTls) this.#beginTls();
    else this.#below.write(this.#request());
  }

  onStreamData(chunk: Uint8Array): void {
    if (this.isOpen) this.reportData(chunk);
    else this.#readAnswer(chunk);
  }

  onStreamDrain(): void {
    if (this.isOpen) this.reportDrain();
  }

  onStreamEnd(): void {
    if (this.isOpen) this.reportEnd();
    else this.#fail('TICKPEER_PROXY_LOST', 'it ended the connection before it responded');
  }

  onStreamFailure(failure: Failure): void {
    if (this.isOpen) this.reportFailure(failure);
    else this.#fail(codeOf(failure), failure.message, failure.cause);
  }

  // ---------------------------------------------------------------- opening the tunnel

  get #isPending(): boolean {
    return !this.isOpen && !this.#isGone && this.getLastFailure() === null;
  }

  /** TLS to the proxy itself. */
  #beginTls(): void {
    this.#needsTls = false;
    const { host, tls } = this.#options.proxy;
    const stream = new StreamPeerTLS();
    const result = stream.connectToStream(this.#below, host, tls);
    if (result === ErrorCode.OK) {
      this.#below = stream;
      stream.setSink(this);
    } else {
      const reason = stream.getLastFailure()?.message ?? `TLS could not begin: ${ErrorCode[result]}`;
      this.#fail('TICKPEER_PROXY_TLS', reason, stream.getLastFailure()?.cause);
    }
  }

  /** RFC 9110 9.3.6, RFC 9112 3.2.3: host and port, always both, and the same ones as `Host`. */
  #request(): Uint8Array {
    const authority = hostAndPort(this.#options.target);
    return encodeHead(`CONNECT ${authority} HTTP/1.1`, [`Host: ${authority}`, ...proxyHeaders(this.#options.proxy)]);
  }

  #readAnswer(chunk: Uint8Array): void {
    let taken = 0;
    while (this.#isPending && taken < chunk.length) {
      taken += this.#reader.push(chunk.subarray(taken));
      const { head, refusal } = this.#reader;
      if (refusal !== null) this.#failByHead(refusal.failure);
      else if (head !== null) this.#judge(head);
    }
    // Bytes after the response are the server's. `reportOpen` may have destroyed the stream.
    if (this.isOpen && !this.#isGone && taken < chunk.length) this.reportData(chunk.subarray(taken));
  }

  #judge(head: HttpHead): void {
    const line = parseStatusLine(head.startLine);
    if (isFailure(line)) {
      this.#failByHead(line);
    } else if (line.status >= 200 && line.status < 300) {
      // A 2xx response to CONNECT has no body, whatever its headers say (RFC 9110 9.3.6).
      this.reportOpen();
    } else if (isInformational(line.status) && this.#informational < MAX_INFORMATIONAL) {
      this.#informational++;
      this.#reader = new HeadReader(this.#options.limits);
    } else if (line.status === 407) {
      this.#fail('TICKPEER_PROXY_AUTHENTICATION', `it requires credentials: ${this.#describe(line, head)}`);
    } else {
      this.#fail('TICKPEER_PROXY_STATUS', `it responded with ${this.#describe(line, head)}`);
    }
  }

  #describe({ status, reason }: StatusLine, { headers }: HttpHead): string {
    const text = `${status} ${reason}`.trim();
    if (status !== 407) return text;
    const wanted = headers.get('proxy-authenticate') ?? '';
    const given = isAuthorized(this.#options.proxy) ? 'credentials that it refused' : 'none';
    return `${text}; wanted: ${quote(wanted)}; given: ${given}`;
  }

  #failByHead({ code, message }: Failure): void {
    const isTooLarge = code === 'TICKPEER_HANDSHAKE_TOO_LARGE';
    this.#fail(isTooLarge ? 'TICKPEER_PROXY_TOO_LARGE' : 'TICKPEER_PROXY_MALFORMED', message);
  }

  #fail(code: FailureCode, reason: string, cause?: Error): void {
    const { proxy, target } = this.#options;
    const message = `no tunnel through the proxy ${hostAndPort(proxy)} to ${hostAndPort(target)}: ${reason}`;
    this.reportFailure(failed(code, message, cause));
  }
}

/** The code for a failure of the stream to the proxy, before the tunnel is open. */
function codeOf({ code }: Failure): FailureCode {
  switch (code) {
    case 'TICKPEER_CANT_RESOLVE':
    case 'TICKPEER_CANT_CONNECT':
      return 'TICKPEER_PROXY_UNREACHABLE';
    case 'TICKPEER_CONNECT_TIMEOUT':
      return 'TICKPEER_PROXY_TIMEOUT';
    case 'TICKPEER_TLS':
    case 'TICKPEER_TLS_CERTIFICATE':
    case 'TICKPEER_TLS_HOSTNAME_MISMATCH':
      return 'TICKPEER_PROXY_TLS';
    default:
      return 'TICKPEER_PROXY_LOST';
  }
}
