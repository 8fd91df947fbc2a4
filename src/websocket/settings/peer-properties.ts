import type { Clock } from '../../clock.ts';
import type { CompressionOptions } from '../compression/compression.ts';
import type { ProxyOptions } from './proxy-options.ts';

// Ranges and checks are in setting-table.ts, defaults in peer-settings.ts and in the protocol's connection-settings.ts.

/** The options of `WebSocketPeer`: its properties, and a clock. */
export interface WebSocketPeerOptions extends Partial<PeerProperties> {
  /** The clock for time limits. Default: the system's. */
  readonly clock?: Clock;
}

/** The properties that read as what they were set to. */
interface PlainProperties {
  /**
   * Bytes of packets that wait to be read, the arriving one included. So it also limits the length of a message: a longer one fails the
   * connection with 1009. When it is full, the connection is not read until packets are taken; at most 64 KiB that have arrived
   * already wait unparsed. 0 to 2^53 - 1. Default: 65535.
   */
  inboundBufferSize: number;

  /**
   * Payload bytes that wait to be sent; a send beyond it is refused with `ERR_OUT_OF_MEMORY`, and so is any single
   * message longer than this. 0 or less: no limit. Default: 65535.
   */
  outboundBufferSize: number;

  /** Packets that wait to be read, and likewise packets that wait to be sent. At least 1. Default: 2048. */
  maxQueuedPackets: number;

  /**
   * Browsers only: bytes of messages that wait behind a full queue, each counted with 32 more, since a browser's `WebSocket` cannot stop
   * reading. Beyond it the connection ends with `TICKPEER_ARRIVAL_LIMIT`; where there is `WebSocketStream`, reading stops
   * instead. When no message waits there, one of any size is taken. At least 0. Default: 16 MiB.
   */
  arrivalBufferSize: number;

  /**
   * Seconds between two Pings, which keep the connection alive, measure the round-trip time (`getStatistics()`) and detect that the
   * other side is gone. The first poll in OPEN sends the first. 0: none. Default: 0.
   */
  heartbeatInterval: number;

  /** Seconds that a Pong may take before the connection is dropped. 0: as `heartbeatInterval`. Default: 0. */
  pongTimeLimit: number;

  /**
   * Seconds that connecting may take: name resolution and TCP; with a `proxy`, until the tunnel is open.
   * Default: 30.
   */
  connectTimeLimit: number;

  /** Seconds that TLS and the HTTP upgrade may take. Default: 10. */
  handshakeTimeLimit: number;

  /** Seconds from `close()` to the other side's Close; then the connection is dropped. Default: 10. */
  closeTimeLimit: number;

  /** Bytes of the other side's part of the opening handshake. Default: 16384. */
  maxHandshakeSize: number;

  /** Header lines of the other side's part of the opening handshake. Default: 128. */
  maxHandshakeHeaders: number;

  /** Frames of one received message; one with more fails the connection with 1008. Default: 131072. */
  maxFragments: number;

  /** Messages longer than this many bytes are sent in several frames of this size. 0: always in one frame. Default: 0. */
  fragmentSize: number;

  /**
   * Whether packets may share an ArrayBuffer with others that arrive about the same time, also at other peers. It is several times
   * cheaper for packets from 65 bytes to 8 KiB (docs/performance.md). The bytes of a packet never change in either case. But a shared
   * `packet.buffer` also has other packets: make views with `packet.byteOffset` (a multiple of 8) and `packet.byteLength`, do not
   * transfer it, and note that a packet that you keep keeps up to 64 KiB in memory. In browsers no packets share memory. Default: false.
   */
  packetsShareMemory: boolean;

  /**
   * Whether a client offers HTTP/2 to a `wss` server, and opens its WebSocket there (RFC 8441) if the server accepts. To a server with
   * HTTP/2 but without WebSockets on it, the client connects once more, for HTTP/1.1. Read when connecting begins. Browsers decide
   * that themselves. Default: false.
   */
  http2: boolean;

  /**
   * The proxy of a client, used with CONNECT (RFC 9110 9.3.6) for `ws` and `wss` alike. One of:
   *
   * - its URL, `http://user:password@host:port` or, with TLS to the proxy itself, `https://…` (default ports 80 and 443);
   * - `ProxyOptions`, which has more than the URL;
   * - `'environment'`: by `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`. Where these cannot be used, `connectToUrl` returns
   *   `ERR_INVALID_PARAMETER` (`TICKPEER_INVALID_PROXY`).
   *
   * A wrong type throws a `TypeError`; a URL or a header that cannot be used throws a `RangeError`. The proxy resolves the server's
   * name. The tunnel must be open within `connectTimeLimit`. `connectToStream` uses no proxy. Read when `connectToUrl` is called
   * (docs/proxies.md). Default: null, none.
   */
  proxy: string | ProxyOptions | null;

  /**
   * How many redirects a client follows: responses with 301, 302, 303, 307 or 308 and a `Location`, relative or with `ws`, `wss`, `http`
   * or `https`; never from `wss` to `ws`. A server of another scheme, host or port gets no credentials of the URL, no `Authorization`,
   * `Cookie`, `Proxy-Authorization` or `Host` of `handshakeHeaders`, and no certificate of the client's (unless
   * `certificateForRedirects` of its `TLSOptions` is set). The time limits begin again with every redirect, and each server has its own
   * `proxy`. One redirect more is `TICKPEER_REDIRECT_LIMIT`; with 0, a redirect is `TICKPEER_HANDSHAKE_STATUS`, as every response but
   * 101. Read when `connectToUrl` is called; `connectToStream` follows none. 0 to 20. Default: 0.
   */
  maxRedirects: number;
}

/**
 * The properties of a `WebSocketPeer` that can be set: those of Godot's class reference, and limits that Godot lacks. Times are in
 * seconds, sizes in bytes. A value outside its range throws a `RangeError`. Setting a property takes effect at once, also while
 * connected; the handshake's properties are read when the handshake begins.
 */
export interface PeerProperties extends PlainProperties {
  /**
   * Extra HTTP headers of the opening handshake, each one line, `Name: value`: a client's request, a server's 101 response.
   * Names and values are checked when the handshake begins. Default: none.
   */
  handshakeHeaders: readonly string[];

  /**
   * The sub-protocols of the opening handshake: a client offers them in this order, a server takes the first of the client's that is in
   * this list. If either side has a list and they have nothing in common, the handshake fails. Default: none.
   */
  supportedProtocols: readonly string[];

  /**
   * Compression by `permessage-deflate` (RFC 7692), if the other side supports it; `true` is every option at its default. A client
   * offers it, a server accepts an offer. Messages of `threshold` bytes or more are then compressed inside the call that sends
   * them. Godot's own peers do not support it: leave it off for them. Read when the handshake begins.
   * Default: null, off.
   */
  compression: CompressionOptions | boolean | null;
}

/** The properties as a peer reads them: lists are copied when they are set and read, and `compression` has all its defaults. */
export interface PeerAccessors extends PlainProperties {
  get handshakeHeaders(): string[];
  set handshakeHeaders(lines: readonly string[]);
  get supportedProtocols(): string[];
  set supportedProtocols(protocols: readonly string[]);
  get compression(): Readonly<Required<CompressionOptions>> | null;
  set compression(options: CompressionOptions | boolean | null);
}
